// Collects what happens between two records of the metrics log. A value; not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "train/metrics_log.h"

namespace p5 {

// Tokens and time of one or several steps.
struct StepCost {
  std::int64_t tokens = 0, padded_tokens = 0;  // of sources and targets, without and with padding
  double seconds = 0, waited = 0;              // in all, and the part spent waiting for batches

  StepCost& operator+=(const StepCost& other);
};

class MetricsWindow {
 public:
  // `names` [families]; a family outside of them is called "family <number>".
  explicit MetricsWindow(std::vector<std::string> names) : names_(std::move(names)) {}

  // Losses of the rows of one batch, [rows]; `families` [rows] or empty.
  void add_rows(std::span<const float> losses, std::span<const std::int16_t> families);
  void add_step(double loss, double grad_norm, const StepCost& cost);
  std::int64_t steps() const { return steps_; }

  // The means so far; clears the window. Leaves step, epoch, lr and seconds to the caller.
  StepRecord take();

 private:
  struct Sum {
    double total = 0;
    std::int64_t count = 0;
  };
  std::string name_of(std::int16_t family) const;

  std::vector<std::string> names_;
  std::map<std::int16_t, Sum> families_;
  double loss_ = 0, grad_norm_ = 0;
  std::int64_t steps_ = 0;
  StepCost cost_;
};

}  // namespace p5
