// Accuracy, F1 and AUC of yes/no answers given as the probability of "yes". Not thread-safe.
//
//   accuracy = right answers / answers;   "yes" from 0.5 up
//   F1 = 2 TP / (2 TP + FP + FN) of the answer "yes"; 0 when no answer and no truth is "yes"
//   AUC = share of (yes, no) pairs where the true "yes" has the higher probability, equal ones counting half
//         (Mann and Whitney 1947; Hanley and McNeil 1982)
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace p5 {

struct ClassificationResult {
  std::size_t n = 0;
  double accuracy = 0, f1 = 0;
  std::optional<double> auc = {};  // none when all truths are one class
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
  std::optional<double> auc() const;

  std::vector<Answer> answers_;
};

}  // namespace p5
