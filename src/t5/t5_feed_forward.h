// The feed-forward sub-layer of either form of T5 on the CPU, forward only. Read by many threads at once; each has its
// own Workspace. Torch-free.
#pragma once

#include <cstdint>
#include <variant>

#include "nn/feed_forward_kernel.h"
#include "nn/gated_feed_forward_kernel.h"

namespace p5 {

class T5FeedForward {
 public:
  explicit T5FeedForward(const FeedForwardWeights& weights)
      : kernel_(std::in_place_type<FeedForwardKernel>, weights, Pass::kForward) {}
  explicit T5FeedForward(const GatedFeedForwardWeights& weights)
      : kernel_(std::in_place_type<GatedFeedForwardKernel>, weights) {}

  struct Workspace {
    FeedForwardKernel::Workspace plain;
    GatedFeedForwardKernel::Workspace gated;
  };

  // states [rows, d_model] become states + W_o hidden(norm(states)).
  void forward(std::int64_t rows, float* states, Workspace& workspace) const {
    if (const auto* plain = std::get_if<FeedForwardKernel>(&kernel_)) {
      plain->forward({.rows = rows, .chunk = 0, .dropout = {}}, states, states, nullptr, workspace.plain);
    } else {
      std::get<GatedFeedForwardKernel>(kernel_).forward(rows, states, states, workspace.gated);
    }
  }

 private:
  std::variant<FeedForwardKernel, GatedFeedForwardKernel> kernel_;
};

}  // namespace p5
