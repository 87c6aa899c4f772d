// How good probabilities of a click are: of ratings that are one of two numbers, such as 0 and 1, where the predicted
// rating says how likely the upper one is. Not thread-safe.
//
//   log loss = mean of -(y log p + (1 - y) log(1 - p)), p kept a millionth away from 0 and 1
//   calibration error = over ten groups of equally many answers, sorted by p, the mean of |mean p - share of clicks|
//                       (expected calibration error by quantiles; Naeini, Cooper and Hauskrecht 2015, Nixon et al.
//                       2019)
//   AUC: evaluate/classification_metrics.h
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "evaluate/classification_metrics.h"

namespace p5 {

struct ClickResult {
  std::vector<double> log_losses = {};  // of each answer, in their order
  double log_loss = 0, calibration_error = 0;
  std::optional<double> auc = {};  // none when all truths are one class
  double auc_margin = 0;           // half of its 95% interval
};

class ClickMetrics {
 public:
  // REQUIRES a probability in [0, 1].
  void add(bool clicked, double probability);
  ClickResult result() const;

 private:
  double calibration_error() const;

  std::vector<std::pair<double, bool>> answers_;
  ClassificationMetrics ranking_;
};

}  // namespace p5
