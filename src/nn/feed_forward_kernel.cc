#include "nn/feed_forward_kernel.h"

#include <algorithm>

namespace p5 {
namespace {

constexpr std::int64_t kSlab = 256;  // hidden units: 192 rows of them are 192 KB

}  // namespace

FeedForwardKernel::FeedForwardKernel(const FeedForwardWeights& weights, Passes passes) : weights_(weights) {
  const std::int64_t d_model = weights.d_model, d_ff = weights.d_ff;
  for (std::int64_t first = 0; first < d_ff; first += kSlab) {
    Slab& slab = slabs_.emplace_back();
    slab.first = first;
    slab.width = std::min(kSlab, d_ff - first);
    const ConstMatrix input = {weights.input + first * d_model, slab.width, d_model, d_model};
    const ConstMatrix output = {weights.output + first, d_model, slab.width, d_ff};
    slab.input.pack_transposed(input);
    slab.output.pack_transposed(output);
    if (passes == Passes::kForward) continue;
    const GradientPrecisionScope gradient;
    slab.output_back.pack(output);
    slab.input_back.pack(input);
  }
}

DropoutKey FeedForwardKernel::hidden_key(const Chunk& chunk, std::size_t slab) const {
  const auto place = static_cast<std::uint64_t>(chunk.chunk) * (slabs_.size() + 1) + slab + 1;
  return DropoutKey::of(chunk.dropout.probability, chunk.dropout.seed, place);
}

DropoutKey FeedForwardKernel::residual_key(const Chunk& chunk) const {
  const auto place = static_cast<std::uint64_t>(chunk.chunk) * (slabs_.size() + 1);
  return DropoutKey::of(chunk.dropout.probability, chunk.dropout.seed, place);
}

void FeedForwardKernel::norm(std::int64_t rows, const float* states, Workspace& space) const {
  const std::int64_t d_model = weights_.d_model;
  float* normed = space.normed.resize(static_cast<std::size_t>(rows * d_model));
  float* inverse = space.inverse.resize(static_cast<std::size_t>(rows));
  norm_rows({weights_.norm, d_model, weights_.epsilon}, states, rows, normed, inverse);
  space.left_normed.pack({normed, rows, d_model, d_model});
}

void FeedForwardKernel::hide(const Chunk& chunk, std::size_t slab, Workspace& space) const {
  const std::int64_t width = slabs_[slab].width;
  float* hidden = space.hidden.resize(static_cast<std::size_t>(chunk.rows * width));
  multiply(space.left_normed, slabs_[slab].input, {hidden, chunk.rows, width, width});
  relu_drop(hidden, chunk.rows * width, hidden_key(chunk, slab));
}

void FeedForwardKernel::forward(const Chunk& chunk, const float* states, float* to, Workspace& space) const {
  const MatrixSession session;
  const std::int64_t rows = chunk.rows, d_model = weights_.d_model;
  norm(rows, states, space);
  float* sum = space.sum.resize(static_cast<std::size_t>(rows * d_model));
  for (std::size_t slab = 0; slab < slabs_.size(); ++slab) {
    hide(chunk, slab, space);
    space.left_hidden.pack({space.hidden.data(), rows, slabs_[slab].width, slabs_[slab].width});
    multiply(space.left_hidden, slabs_[slab].output, {sum, rows, d_model, d_model},
             slab == 0 ? Sum::kReplace : Sum::kAdd);
  }
  add_dropped(states, sum, to, rows * d_model, residual_key(chunk));
}

void FeedForwardKernel::backward(const Chunk& chunk, const float* states, const float* gradient, float* to,
                                 const FeedForwardGradients& gradients, Workspace& space) const {
  const MatrixSession session;
  const std::int64_t rows = chunk.rows, d_model = weights_.d_model, d_ff = weights_.d_ff;
  norm(rows, states, space);
  const GradientPrecisionScope precision;
  float* change = space.change.resize(static_cast<std::size_t>(rows * d_model));  // gradient before the residual
  drop(gradient, change, rows * d_model, residual_key(chunk));
  space.left_change.pack({change, rows, d_model, d_model});
  space.left_change_across.pack_transposed({change, rows, d_model, d_model});
  space.left_normed_across.pack_transposed({space.normed.data(), rows, d_model, d_model});
  float* normed_gradient = space.sum.resize(static_cast<std::size_t>(rows * d_model));
  for (std::size_t i = 0; i < slabs_.size(); ++i) {
    const Slab& slab = slabs_[i];
    hide(chunk, i, space);
    const ConstMatrix hidden = {space.hidden.data(), rows, slab.width, slab.width};
    space.right_hidden.pack(hidden);
    multiply(space.left_change_across, space.right_hidden, {gradients.output + slab.first, d_model, slab.width, d_ff},
             Sum::kAdd);
    float* slope = space.hidden_gradient.resize(static_cast<std::size_t>(rows * slab.width));
    multiply(space.left_change, slab.output_back, {slope, rows, slab.width, slab.width});
    relu_drop_backward(hidden.data, slope, rows * slab.width, hidden_key(chunk, i));
    space.right_hidden_gradient.pack({slope, rows, slab.width, slab.width});
    multiply(space.left_normed_across, space.right_hidden_gradient,
             {gradients.input + slab.first, d_model, slab.width, d_ff}, Sum::kAdd);
    space.left_hidden_gradient.pack({slope, rows, slab.width, slab.width});
    multiply(space.left_hidden_gradient, slab.input_back, {normed_gradient, rows, d_model, d_model},
             i == 0 ? Sum::kReplace : Sum::kAdd);
  }
  if (to != gradient) std::copy_n(gradient, rows * d_model, to);
  norm_rows_backward({weights_.norm, d_model, weights_.epsilon}, states, space.inverse.data(), normed_gradient, rows,
                     to, gradients.norm);
}

}  // namespace p5
