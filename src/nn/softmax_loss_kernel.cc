#include "nn/softmax_loss_kernel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/row_kernels.h"
#include "nn/softmax_tile_kernel.h"

namespace p5 {
namespace {

constexpr std::int64_t kSlab = 512;  // of the vocabulary
// Rows: with a slab 128 KB of logits or slopes, still close when they are read again.
constexpr std::int64_t kPart = 64;

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

Matrix SoftmaxLossKernel::store_logits(const Part& part) {
  const std::int64_t width = slab_.columns();
  const Matrix logits = {logits_.resize(static_cast<std::size_t>(part.rows * width)), part.rows, width, width};
  multiply(part.states, slab_, logits);
  return logits;
}

void SoftmaxLossKernel::take_in_logits(const Problem& problem, const Part& part, std::int64_t begin, float* losses) {
  const tiles::Labels labels = {problem.labels + part.first, begin};
  float *shifts = shifts_.data() + part.first, *sums = lanes_.data() + part.first * tiles::kSumLanes,
        *label_logits = losses + part.first;
  if (matrix_kernel() == MatrixKernel::kTiles) {
    return tiles::take_in(tiles::logits_of(part.states, slab_), {shifts, sums}, labels, label_logits);
  }
  const Matrix logits = store_logits(part);
  for (std::int64_t i = 0; i < part.rows; ++i) {
    const float* row = logits.data + i * logits.stride;
    LogSum sum = {shifts[i], sums[i * tiles::kSumLanes]};
    take_in(sum, row, logits.columns);
    shifts[i] = sum.maximum;
    sums[i * tiles::kSumLanes] = sum.sum;
    const std::int64_t label = labels.column(i);
    if (label >= 0 && label < logits.columns) label_logits[i] = row[label];
  }
}

void SoftmaxLossKernel::make_slopes(const Problem& problem, const Part& part, std::int64_t begin, const float* log_sums,
                                    const float* weights) {
  const tiles::Labels labels = {problem.labels + part.first, begin};
  log_sums += part.first;
  weights += part.first;
  const std::int64_t width = slab_.columns();
  const GradientPrecisionScope gradient;
  if (matrix_kernel() == MatrixKernel::kTiles) {
    float *left = softmax_.make_room(part.rows, width), *right = softmax_back_.make_room(part.rows, width);
    return tiles::pack_slopes(tiles::logits_of(part.states, slab_), {log_sums, weights, labels}, softmax_.parts(), left,
                              right);
  }
  const Matrix softmax = store_logits(part);
  for (std::int64_t i = 0; i < part.rows; ++i) {
    float* row = softmax.data + i * softmax.stride;
    exponentials(row, width, log_sums[i], weights[i]);
    const std::int64_t label = labels.column(i);
    if (label >= 0 && label < width) row[label] -= weights[i];
  }
  softmax_.pack(softmax);
  softmax_back_.pack(softmax);
}

void SoftmaxLossKernel::losses(const Problem& problem, float* losses, float* log_sums) {
  const MatrixSession session;
  split_rows(problem);
  const auto rows = static_cast<std::size_t>(problem.rows);
  shifts_.assign(rows, tiles::kNoShift);
  lanes_.assign(rows * tiles::kSumLanes, 0.0f);
  for (std::int64_t begin = 0; begin < problem.vocab; begin += kSlab) {
    const std::int64_t width = std::min(kSlab, problem.vocab - begin);
    slab_.pack_transposed({problem.output + begin * problem.d_model, width, problem.d_model, problem.d_model});
    for (const Part& part : parts_) take_in_logits(problem, part, begin, losses);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const auto lanes = lanes_.begin() + static_cast<std::ptrdiff_t>(row * tiles::kSumLanes);
    log_sums[row] = shifts_[row] + std::log(std::accumulate(lanes, lanes + tiles::kSumLanes, 0.0f));
    losses[row] = log_sums[row] - losses[row];
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
      make_slopes(problem, part, begin, log_sums, slopes.losses);
      multiply(softmax_, slab_back_, {slopes.states + part.first * d_model, part.rows, d_model, d_model},
               begin == 0 ? Sum::kReplace : Sum::kAdd);
      multiply(part.states_across, softmax_back_, {across, d_model, width, width},
               &part == &parts_.front() ? Sum::kReplace : Sum::kAdd);
    }
    add_transposed({across, d_model, width, width}, {slopes.output + begin * d_model, width, d_model, d_model});
  }
}

}  // namespace p5
