// The best items of many users by the dot product of their vectors, without a matrix of scores: a blocked product whose
// tiles are compared with each user's worst kept score while they are in registers. Thread-safe once built.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "retrieval/candidate_source.h"
#include "retrieval/dot_product_kernel.h"

namespace p5 {

// [users] lists of at most k, best first; equal scores in ascending item id. An item whose score is NaN or minus
// infinity is not a candidate.
struct DotProductRanking {
  std::vector<std::vector<Candidate>> seen_kept;     // all items
  std::vector<std::vector<Candidate>> seen_dropped;  // without the items that the user has seen
};

class DotProductRanker {
 public:
  // `items` [item_count, width], row-major, is copied. Throws InvalidArgument when it is not whole rows of `width`.
  // `kernel`: tests pass others than the fastest.
  DotProductRanker(std::span<const float> items, std::size_t width,
                   const DotProductKernel& kernel = dot_product_kernels().front());

  std::size_t item_count() const { return item_count_; }
  std::size_t width() const { return width_; }

  // `users` [user_count, width]; `seen` [user_count], each ascending (ids beyond the catalogue are ignored), or empty
  // when nobody has seen anything. Both lists come from one pass, which sets aside seen items with high scores. Throws
  // InvalidArgument when the shapes do not fit.
  DotProductRanking rank(std::span<const float> users, std::span<const std::span<const ItemId>> seen, std::size_t k,
                         ThreadPool& pool) const;

 private:
  friend class DotProductPass;

  // Floats in whole cache lines, so that they are aligned for vectors.
  struct alignas(64) Line {
    float values[16];
  };

  const DotProductKernel kernel_;
  std::size_t width_, item_count_;
  std::vector<Line> panels_;  // [panels, width, kernel_.items], the last panel padded with zeros
};

}  // namespace p5
