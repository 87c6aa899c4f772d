// Minimises a smooth convex function by L-BFGS (Liu and Nocedal 1989) with a backtracking line search. Deterministic.
// Thread-safe: a free function.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace p5 {

struct LbfgsOptions {
  std::size_t iterations = 60;
  std::size_t memory = 8;   // pairs of steps that it remembers
  double tolerance = 1e-3;  // ends when the gradient's norm is this part of what it was at first
};

// Writes the gradient at `x` and returns the value.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

std::vector<double> minimize_lbfgs(const Objective& objective, std::vector<double> start, const LbfgsOptions& options);

}  // namespace p5
