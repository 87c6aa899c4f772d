#include "nn/feed_forward_kernel.h"

#include <algorithm>

#include "nn/layer_team.h"

namespace p5 {
namespace {

constexpr std::int64_t kSlab = 128;  // hidden units: 192 rows of them are 96 KB

}  // namespace

FeedForwardKernel::FeedForwardKernel(const FeedForwardWeights& weights, Pass pass) : weights_(weights) {
  const std::int64_t d_model = weights.d_model, d_ff = weights.d_ff;
  slabs_.resize(static_cast<std::size_t>((d_ff + kSlab - 1) / kSlab));
  if (pass == Pass::kForward) output_.pack_transposed({weights.output, d_model, d_ff, d_ff});
  for_each_on_team(static_cast<std::int64_t>(slabs_.size()), [&](std::int64_t index) {
    Slab& slab = slabs_[static_cast<std::size_t>(index)];
    slab.first = index * kSlab;
    slab.width = std::min(kSlab, d_ff - slab.first);
    const ConstMatrix input = {weights.input + slab.first * d_model, slab.width, d_model, d_model};
    const ConstMatrix output = {weights.output + slab.first, d_model, slab.width, d_ff};
    if (pass == Pass::kForward) {
      slab.input.pack_transposed(input);
      return;
    }
    const GradientPrecisionScope gradient;
    slab.input.pack_transposed(input);
    slab.output_back.pack(output);
    slab.input_back.pack(input);
  });
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

Matrix FeedForwardKernel::hidden_of(std::int64_t rows, const Slab& slab, Workspace& space) {
  return {space.hidden.resize(static_cast<std::size_t>(rows * slab.width)), rows, slab.width, slab.width};
}

Matrix FeedForwardKernel::hide(std::int64_t rows, const Slab& slab, Workspace& space) const {
  const Matrix hidden = hidden_of(rows, slab, space);
  multiply(space.left_normed, slab.input, hidden);
  return hidden;
}

std::int64_t FeedForwardKernel::open_words(std::int64_t rows) const {
  std::int64_t words = 0;
  for (const Slab& slab : slabs_) words += mask_words(rows * slab.width);
  return words;
}

void FeedForwardKernel::forward(const Chunk& chunk, const float* states, float* to, std::uint32_t* open,
                                Workspace& space) const {
  const MatrixSession session;
  const std::int64_t rows = chunk.rows, d_model = weights_.d_model;
  norm(rows, states, space);
  float* sum = space.sum.resize(static_cast<std::size_t>(rows * d_model));
  for (std::size_t i = 0; i < slabs_.size(); ++i) {
    const Matrix hidden = hide(rows, slabs_[i], space);
    const std::int64_t count = rows * hidden.columns;
    relu_drop(hidden.data, count, hidden_key(chunk, i), open);
    if (open != nullptr) open += mask_words(count);
    space.left_hidden.pack(hidden);
    multiply(space.left_hidden, output_.rows(slabs_[i].first, slabs_[i].width), {sum, rows, d_model, d_model},
             i == 0 ? Sum::kReplace : Sum::kAdd);
  }
  add_dropped(states, sum, to, rows * d_model, residual_key(chunk));
}

// The hidden layer is recomputed as exactly as a gradient needs it. Where it was open is recorded by the forward pass,
// because a sum next to zero may change its sign when it is recomputed.
void FeedForwardKernel::backward(const Chunk& chunk, const float* states, const std::uint32_t* open,
                                 const float* gradient, float* to, const FeedForwardGradients& gradients,
                                 Workspace& space) const {
  const MatrixSession session;
  const GradientPrecisionScope precision;
  const std::int64_t rows = chunk.rows, d_model = weights_.d_model, d_ff = weights_.d_ff;
  norm(rows, states, space);
  float* change = space.change.resize(static_cast<std::size_t>(rows * d_model));  // gradient before the residual
  drop(gradient, change, rows * d_model, residual_key(chunk));
  space.left_change.pack({change, rows, d_model, d_model});
  if (gradients.output != nullptr) space.left_change_across.pack_transposed({change, rows, d_model, d_model});
  if (gradients.input != nullptr) {
    space.left_normed_across.pack_transposed({space.normed.data(), rows, d_model, d_model});
  }
  float* normed_gradient = space.sum.resize(static_cast<std::size_t>(rows * d_model));
  for (std::size_t i = 0; i < slabs_.size(); ++i) {
    const Slab& slab = slabs_[i];
    const std::int64_t count = rows * slab.width;
    const float scale = hidden_key(chunk, i).scale;
    const auto step = 2 * static_cast<std::int64_t>(i);
    const Matrix hidden = hidden_of(rows, slab, space);  // the hidden units, then their gradient
    if (gradients.output != nullptr) {
      hide(rows, slab, space);
      pass_open(hidden.data, count, scale, open);
      space.right_hidden.pack(hidden);
      const InTurn section(gradients.turn, step);
      multiply(space.left_change_across, space.right_hidden, {gradients.output + slab.first, d_model, slab.width, d_ff},
               Sum::kAdd);
    }
    multiply(space.left_change, slab.output_back, hidden);
    pass_open(hidden.data, count, scale, open);
    open += mask_words(count);
    if (gradients.input != nullptr) {
      space.right_hidden.pack(hidden);
      const InTurn section(gradients.turn, step + 1);
      multiply(space.left_normed_across, space.right_hidden, {gradients.input + slab.first, d_model, slab.width, d_ff},
               Sum::kAdd);
    }
    space.left_hidden.pack(hidden);
    multiply(space.left_hidden, slab.input_back, {normed_gradient, rows, d_model, d_model},
             i == 0 ? Sum::kReplace : Sum::kAdd);
  }
  const InTurn section(gradients.turn, 2 * static_cast<std::int64_t>(slabs_.size()));
  norm_rows_backward({weights_.norm, d_model, weights_.epsilon}, states, space.inverse.data(), normed_gradient,
                     gradient, rows, to, gradients.norm);
}

}  // namespace p5
