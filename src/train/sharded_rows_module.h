// A table of vectors whose rows are dealt to processes: of N, rank r has the rows r, r + N, r + 2 N and so on, with
// their gradient and whatever an optimizer keeps of them. A step takes the few rows that it needs from their owners,
// all to all, and sends their gradients back, as TorchRec and HugeCTR do with row-wise sharding. All processes make the
// same calls in the same order. Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "train/collective_module.h"

namespace p5 {

class ShardedRows {
 public:
  // `rows` of all processes together. Without a group this process has them all. The group must outlive this.
  ShardedRows(Collective* group, std::int64_t rows);

  std::int64_t rows() const { return rows_; }
  std::int64_t own_rows() const { return (rows_ - rank_ + size_ - 1) / size_; }
  // The first row of this process; each other one comes `stride` later.
  std::int64_t first() const { return rank_; }
  std::int64_t stride() const { return size_; }

  // [wanted, width]: these rows, each once, of the table whose own rows are `own` [own_rows(), width]. The backward
  // pass adds to own.grad() what all processes send, in the order of ranks, and does not go through autograd's
  // accumulation: a gradient of the whole table is never made.
  torch::Tensor take(const torch::Tensor& own, const std::vector<std::int64_t>& wanted) const;
  // The table of all rows [rows(), width] at rank 0, which gets it in blocks; undefined elsewhere.
  torch::Tensor gather(const torch::Tensor& own) const;
  // The own rows of a whole table.
  torch::Tensor own_of(const torch::Tensor& whole) const;

 private:
  Collective* group_;
  std::int64_t rows_, rank_ = 0, size_ = 1;
};

}  // namespace p5
