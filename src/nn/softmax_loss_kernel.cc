#include "nn/softmax_loss_kernel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/layer_team.h"
#include "nn/row_kernels.h"
#include "nn/softmax_tile_kernel.h"
#include "nn/turns.h"

namespace p5 {
namespace {

constexpr std::int64_t kSlab = 512;  // of the vocabulary
// Rows: 128 KB of logits or slopes with a slab, still in cache when they are read again.
constexpr std::int64_t kPart = 64;

// The entries of a row whose columns are in [begin, begin + width).
struct Entries {
  std::int64_t first, last;
};
Entries entries_in(const SoftmaxLossKernel::SparseColumns& sparse, std::int64_t row, std::int64_t begin,
                   std::int64_t width) {
  const std::int64_t *from = sparse.columns + sparse.offsets[row], *to = sparse.columns + sparse.offsets[row + 1];
  const std::int64_t* first = std::lower_bound(from, to, begin);
  return {first - sparse.columns, std::lower_bound(first, to, begin + width) - sparse.columns};
}

}  // namespace

bool SoftmaxLossKernel::on_tiles(const Problem& problem) {
  return matrix_kernel() == MatrixKernel::kTiles && problem.sparse.offsets == nullptr;
}

void SoftmaxLossKernel::share_labels(const Problem& problem) {
  const SparseColumns& sparse = problem.sparse;
  if (sparse.offsets == nullptr) return;
  label_shares_.resize(static_cast<std::size_t>(problem.rows));
  for (std::int64_t row = 0; row < problem.rows; ++row) {
    const float others =
        std::accumulate(sparse.shares + sparse.offsets[row], sparse.shares + sparse.offsets[row + 1], 0.0f);
    label_shares_[static_cast<std::size_t>(row)] = 1.0f - others;
  }
}

SoftmaxLossKernel::Space& SoftmaxLossKernel::space_here() {
  thread_local Space space;
  return space;
}

void SoftmaxLossKernel::split_rows(const Problem& problem, bool across) {
  parts_.resize(static_cast<std::size_t>((problem.rows + kPart - 1) / kPart));
  for_each_on_team(static_cast<std::int64_t>(parts_.size()), [&](std::int64_t i) {
    Part& part = parts_[static_cast<std::size_t>(i)];
    part.first = i * kPart;
    part.rows = std::min(kPart, problem.rows - part.first);
    const ConstMatrix states = {problem.states + part.first * problem.d_model, part.rows, problem.d_model,
                                problem.d_model};
    part.states.pack(states);
    if (!across) return;
    const GradientPrecisionScope gradient;
    part.states_across.pack_transposed(states);
  });
}

template <class Body>
void SoftmaxLossKernel::for_slabs(const Problem& problem, const Body& body) const {
  const std::int64_t slabs = (problem.vocab + kSlab - 1) / kSlab;
  Turns turns(slabs);
  for_each_on_team(slabs, [&](std::int64_t index) {
    const MatrixSession session;
    const Turn turn(turns, index);
    Space& space = space_here();
    space.begin = index * kSlab;
    const std::int64_t width = std::min(kSlab, problem.vocab - space.begin);
    space.slab.pack_transposed(
        {problem.output + space.begin * problem.d_model, width, problem.d_model, problem.d_model});
    body(space, turn);
  });
}

Matrix SoftmaxLossKernel::store_logits(const Problem& problem, const Part& part, Space& space) {
  const std::int64_t width = space.slab.columns();
  const Matrix logits = {space.logits.resize(static_cast<std::size_t>(part.rows * width)), part.rows, width, width};
  multiply(part.states, space.slab, logits);
  if (problem.sparse.offsets == nullptr) return logits;
  for (std::int64_t i = 0; i < part.rows; ++i) {
    const auto [first, last] = entries_in(problem.sparse, part.first + i, space.begin, width);
    float* row = logits.data + i * logits.stride;
    for (std::int64_t e = first; e < last; ++e) row[problem.sparse.columns[e] - space.begin] += problem.sparse.bias[e];
  }
  return logits;
}

// Losses hold the target's mean logit until all logits are known.
void SoftmaxLossKernel::take_in_logits(const Problem& problem, const Part& part, Space& space, float* losses) {
  const tiles::Labels labels = {problem.labels + part.first, space.begin};
  float *shifts = shifts_.data() + part.first, *sums = lanes_.data() + part.first * tiles::kSumLanes,
        *target_logits = losses + part.first;
  if (on_tiles(problem)) {
    return tiles::take_in(tiles::logits_of(part.states, space.slab), {shifts, sums}, labels, target_logits);
  }
  const Matrix logits = store_logits(problem, part, space);
  const SparseColumns& sparse = problem.sparse;
  for (std::int64_t i = 0; i < part.rows; ++i) {
    const float* row = logits.data + i * logits.stride;
    LogSum sum = {shifts[i], sums[i * tiles::kSumLanes]};
    take_in(sum, row, logits.columns);
    shifts[i] = sum.maximum;
    sums[i * tiles::kSumLanes] = sum.sum;
    const std::int64_t label = labels.column(i);
    const bool here = label >= 0 && label < logits.columns;
    if (sparse.offsets == nullptr) {
      if (here) target_logits[i] = row[label];
      continue;
    }
    if (here) target_logits[i] += label_shares_[static_cast<std::size_t>(part.first + i)] * row[label];
    const auto [first, last] = entries_in(sparse, part.first + i, space.begin, logits.columns);
    for (std::int64_t e = first; e < last; ++e) {
      target_logits[i] += sparse.shares[e] * row[sparse.columns[e] - space.begin];
    }
  }
}

void SoftmaxLossKernel::make_slope(const Problem& problem, std::int64_t at, const Space& space, float log_sum,
                                   const Slopes& slopes, float* row) const {
  const std::int64_t width = space.slab.columns(), label = problem.labels[at] - space.begin;
  const float weight = slopes.losses[at];
  exponentials(row, width, log_sum, weight);
  const SparseColumns& sparse = problem.sparse;
  const bool here = label >= 0 && label < width;
  if (sparse.offsets == nullptr) {
    if (here) row[label] -= weight;
    return;
  }
  if (here) row[label] -= weight * label_shares_[static_cast<std::size_t>(at)];
  const auto [first, last] = entries_in(sparse, at, space.begin, width);
  for (std::int64_t e = first; e < last; ++e) {
    float& slope = row[sparse.columns[e] - space.begin];
    slope -= weight * sparse.shares[e];
    slopes.bias[e] = slope;
  }
}

void SoftmaxLossKernel::make_slopes(const Problem& problem, const Part& part, Space& space, const float* log_sums,
                                    const Slopes& slopes) const {
  log_sums += part.first;
  const std::int64_t width = space.slab.columns();
  const GradientPrecisionScope gradient;
  if (on_tiles(problem)) {
    const tiles::Labels labels = {problem.labels + part.first, space.begin};
    float *left = space.softmax.make_room(part.rows, width), *right = space.softmax_back.make_room(part.rows, width);
    return tiles::pack_slopes(tiles::logits_of(part.states, space.slab), {log_sums, slopes.losses + part.first, labels},
                              space.softmax.parts(), left, right);
  }
  const Matrix softmax = store_logits(problem, part, space);
  for (std::int64_t i = 0; i < part.rows; ++i) {
    make_slope(problem, part.first + i, space, log_sums[i], slopes, softmax.data + i * softmax.stride);
  }
  space.softmax.pack(softmax);
  space.softmax_back.pack(softmax);
}

void SoftmaxLossKernel::losses(const Problem& problem, float* losses, float* log_sums) {
  split_rows(problem, /*across=*/false);
  share_labels(problem);
  if (problem.sparse.offsets != nullptr) std::fill_n(losses, problem.rows, 0.0f);
  const auto rows = static_cast<std::size_t>(problem.rows);
  shifts_.assign(rows, tiles::kNoShift);
  lanes_.assign(rows * tiles::kSumLanes, 0.0f);
  for_slabs(problem, [&](Space& space, const Turn& turn) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const InTurn section(&turn, static_cast<std::int64_t>(i));
      take_in_logits(problem, parts_[i], space, losses);
    }
  });
  for (std::size_t row = 0; row < rows; ++row) {
    const auto lanes = lanes_.begin() + static_cast<std::ptrdiff_t>(row * tiles::kSumLanes);
    log_sums[row] = shifts_[row] + std::log(std::accumulate(lanes, lanes + tiles::kSumLanes, 0.0f));
    losses[row] = log_sums[row] - losses[row];
  }
}

// With P the softmax less the labels, times the losses' gradients: d states = P * output, d output = P^T * states. The
// latter is summed transposed, as states^T * P, because P then needs no transposing.
void SoftmaxLossKernel::gradients(const Problem& problem, const float* log_sums, const Slopes& slopes) {
  const std::int64_t d_model = problem.d_model;
  split_rows(problem, /*across=*/true);
  share_labels(problem);
  if (parts_.empty()) return;
  for_slabs(problem, [&](Space& space, const Turn& turn) {
    const std::int64_t width = space.slab.columns();
    {
      const GradientPrecisionScope gradient;
      space.slab_back.pack({problem.output + space.begin * d_model, width, d_model, d_model});
    }
    const bool learns = slopes.output != nullptr;
    float* across =
        space.output_slope.resize(static_cast<std::size_t>(learns ? d_model * width : 0));  // [d_model, width]
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      make_slopes(problem, part, space, log_sums, slopes);
      {
        const InTurn section(&turn, static_cast<std::int64_t>(i));
        multiply(space.softmax, space.slab_back, {slopes.states + part.first * d_model, part.rows, d_model, d_model},
                 space.begin == 0 ? Sum::kReplace : Sum::kAdd);
      }
      if (!learns) continue;
      multiply(part.states_across, space.softmax_back, {across, d_model, width, width},
               i == 0 ? Sum::kReplace : Sum::kAdd);
    }
    if (!learns) return;
    add_transposed({across, d_model, width, width}, {slopes.output + space.begin * d_model, width, d_model, d_model});
  });
}

}  // namespace p5
