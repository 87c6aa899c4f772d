#include "t5/sub_layer_tail.h"

#include <algorithm>
#include <utility>

#include "nn/row_kernels.h"

namespace p5 {
namespace {

std::size_t tail_size(std::int64_t rows, std::int64_t width) { return static_cast<std::size_t>(rows * width); }

}  // namespace

SubLayerTail::SubLayerTail(Weights weights) : weights_(std::move(weights)) {
  if (!has_bottleneck()) return;
  const auto width = static_cast<std::int64_t>(weights_.down_bias.size());
  down_.pack_transposed({weights_.down.data(), width, weights_.d_model, weights_.d_model});
  up_.pack_transposed({weights_.up.data(), weights_.d_model, width, width});
}

void SubLayerTail::begin(std::int64_t rows, const float* states, Workspace& workspace) const {
  if (!has_bottleneck()) return;
  std::copy_n(states, rows * weights_.d_model, workspace.before.resize(tail_size(rows, weights_.d_model)));
}

void SubLayerTail::end(std::int64_t rows, float* states, Workspace& workspace) const {
  const std::int64_t d_model = weights_.d_model;
  if (has_bottleneck()) {
    const auto width = static_cast<std::int64_t>(weights_.down_bias.size());
    float* change = workspace.change.resize(tail_size(rows, d_model));
    const float* before = workspace.before.data();
    for (std::int64_t i = 0; i < rows * d_model; ++i) change[i] = states[i] - before[i];
    workspace.left.pack({change, rows, d_model, d_model});
    float* hidden = workspace.hidden.resize(tail_size(rows, width));
    multiply(workspace.left, down_, {hidden, rows, width, width});
    for (std::int64_t row = 0; row < rows; ++row) {
      float* units = hidden + row * width;
      for (std::int64_t i = 0; i < width; ++i) {
        units[i] = std::max(units[i] + weights_.down_bias[static_cast<std::size_t>(i)], 0.0f);
      }
      add(weights_.up_bias.data(), states + row * d_model, d_model);
    }
    workspace.left.pack({hidden, rows, width, width});
    multiply(workspace.left, up_, {states, rows, d_model, d_model}, Sum::kAdd);
  }
  if (weights_.bias.empty()) return;
  for (std::int64_t row = 0; row < rows; ++row) add(weights_.bias.data(), states + row * d_model, d_model);
}

}  // namespace p5
