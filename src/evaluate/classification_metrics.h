// Accuracy, F1 and AUC of yes/no answers given as the probability of "yes". Not thread-safe.
//
//   accuracy = right answers / answers;   "yes" from 0.5 up
//   F1 = 2 TP / (2 TP + FP + FN) of the answer "yes"; 0 when no answer and no truth is "yes"
//   AUC = share of (yes, no) pairs where the true "yes" has the higher probability, equal ones counting half
//         (Mann and Whitney 1947; Hanley and McNeil 1982). Its interval is 1.96 standard errors: the variance of the
//         shares that each "yes" wins / "yes"s + the variance of the shares that each "no" loses / "no"s
//         (DeLong, DeLong and Clarke-Pearson 1988)
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace p5 {

struct ClassificationResult {
  std::size_t n = 0;
  double accuracy = 0, f1 = 0;
  std::optional<double> auc = {};  // none when all truths are one class
  double auc_margin = 0;           // half of its 95% interval; infinite with fewer than two of a class
};

class ClassificationMetrics {
 public:
  // REQUIRES a probability that is not NaN.
  void add(bool truth, double probability);
  ClassificationResult result() const;

 private:
  struct Answer {
    double probability;
    bool truth;
  };
  void add_auc(ClassificationResult& result) const;

  std::vector<Answer> answers_;
};

}  // namespace p5
