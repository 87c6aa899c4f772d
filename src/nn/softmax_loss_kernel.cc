#include "nn/softmax_loss_kernel.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace p5 {
namespace {

constexpr std::int64_t kSlab = 512;  // of the vocabulary
constexpr std::int64_t kPart = 64;   // rows: with a slab 128 KB of logits, still close when they are read again

}  // namespace

void SoftmaxLossKernel::split_rows(const Problem& problem) {
  parts_.resize(static_cast<std::size_t>((problem.rows + kPart - 1) / kPart));
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    part.first = static_cast<std::int64_t>(i) * kPart;
    part.rows = std::min(kPart, problem.rows - part.first);
    part.states.pack({problem.states + part.first * problem.d_model, part.rows, problem.d_model, problem.d_model});
  }
}

float* SoftmaxLossKernel::slab_logits(const Part& part, std::int64_t width) {
  float* logits = logits_.resize(static_cast<std::size_t>(part.rows * width));
  multiply(part.states, slab_, {logits, part.rows, width, width});
  return logits;
}

void SoftmaxLossKernel::losses(const Problem& problem, float* losses, float* log_sums) {
  const MatrixSession session;
  split_rows(problem);
  sums_.assign(static_cast<std::size_t>(problem.rows), {-std::numeric_limits<float>::infinity(), 0.0f});
  for (std::int64_t begin = 0; begin < problem.vocab; begin += kSlab) {
    const std::int64_t width = std::min(kSlab, problem.vocab - begin);
    slab_.pack_transposed({problem.output + begin * problem.d_model, width, problem.d_model, problem.d_model});
    for (const Part& part : parts_) {
      const float* logits = slab_logits(part, width);
      for (std::int64_t row = part.first; row < part.first + part.rows; ++row, logits += width) {
        take_in(sums_[static_cast<std::size_t>(row)], logits, width);
        const std::int64_t label = problem.labels[row] - begin;
        if (label >= 0 && label < width) losses[row] = -logits[label];
      }
    }
  }
  for (std::int64_t row = 0; row < problem.rows; ++row) {
    const LogSum& sum = sums_[static_cast<std::size_t>(row)];
    log_sums[row] = sum.maximum + std::log(sum.sum);
    losses[row] += log_sums[row];
  }
}

// With P the softmax less the labels, times the losses' gradients: d states = P * output, d output = P^T * states. The
// latter is summed across, as states^T * P, because P then needs no transposing.
void SoftmaxLossKernel::gradients(const Problem& problem, const float* log_sums, const Slopes& slopes) {
  const MatrixSession session;
  const std::int64_t d_model = problem.d_model;
  split_rows(problem);
  for (Part& part : parts_) {
    const GradientPrecisionScope gradient;
    part.states_across.pack_transposed({problem.states + part.first * d_model, part.rows, d_model, d_model});
  }
  for (std::int64_t begin = 0; begin < problem.vocab; begin += kSlab) {
    const std::int64_t width = std::min(kSlab, problem.vocab - begin);
    const ConstMatrix weights = {problem.output + begin * d_model, width, d_model, d_model};
    slab_.pack_transposed(weights);
    {
      const GradientPrecisionScope gradient;
      slab_back_.pack(weights);
    }
    float* across = output_slope_.resize(static_cast<std::size_t>(d_model * width));  // [d_model, width]
    for (const Part& part : parts_) {
      float* slope = slab_logits(part, width);
      for (std::int64_t i = 0; i < part.rows; ++i) {
        const std::int64_t row = part.first + i, label = problem.labels[row] - begin;
        exponentials(slope + i * width, width, log_sums[row], slopes.losses[row]);
        if (label >= 0 && label < width) slope[i * width + label] -= slopes.losses[row];
      }
      const GradientPrecisionScope gradient;
      const ConstMatrix softmax = {slope, part.rows, width, width};
      left_.pack(softmax);
      multiply(left_, slab_back_, {slopes.states + part.first * d_model, part.rows, d_model, d_model},
               begin == 0 ? Sum::kReplace : Sum::kAdd);
      right_.pack(softmax);
      multiply(part.states_across, right_, {across, d_model, width, width},
               &part == &parts_.front() ? Sum::kReplace : Sum::kAdd);
    }
    add_transposed({across, d_model, width, width}, {slopes.output + begin * d_model, width, d_model, d_model});
  }
}

}  // namespace p5
