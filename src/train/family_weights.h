// How much each task family weighs in the loss, learnt by homoscedastic uncertainty (Kendall, Gal and Cipolla 2018):
// with s the log-variance of a family and L its mean loss, training descends on
//
//   sum over families of exp(-s) L + s / 2
//
// so that families with unpredictable answers do not dominate the others. The gradient by s is 1/2 - exp(-s) L; s takes
// Adam's steps at the learning rate of the weights. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "text/token_batch.h"
#include "train/trainer.h"

namespace p5 {

class FamilyWeights {
 public:
  // One log-variance per family name, starting at 0: a weight of 1.
  FamilyWeights(const TrainOptions& options, std::vector<std::string> names);

  bool learned() const { return learned_; }
  // Multiplies the weights of the batch's rows by those of their families.
  void apply(TokenBatch& batch) const;
  // Adds losses of the rows of a batch, [rows], for the next step().
  void add_rows(std::span<const float> losses, std::span<const std::int16_t> families);
  // Families that did not occur since the previous step stay as they are.
  void step(double lr);
  // exp(-s) by name.
  std::map<std::string, double> weights() const;

  // Exact to the last bit, for checkpoints. set_state() throws Corrupted (model) naming `where`.
  std::string state() const;
  void set_state(const std::string& state, const std::string& where);

 private:
  struct Family {
    double log_variance = 0, mean = 0, square = 0;  // and Adam's moments
    std::int64_t steps = 0;
    double loss = 0;  // collected for the next step
    std::int64_t rows = 0;
  };
  bool learned_;
  double beta1_, beta2_, epsilon_;
  std::vector<std::string> names_;
  std::vector<Family> families_;
};

}  // namespace p5
