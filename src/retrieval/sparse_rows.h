// Rows of few items with weights, one after the other in memory: neighbors of items, histories, sparse matrices. A
// plain value; reading is thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "corpus/corpus.h"
#include "retrieval/fitted_state.h"

namespace p5 {

struct ItemWeight {
  ItemId item = 0;
  float weight = 0.0f;

  bool operator==(const ItemWeight&) const = default;
};

class SparseRows {
 public:
  SparseRows() = default;
  explicit SparseRows(std::vector<std::vector<ItemWeight>> rows);
  // As put() wrote it. Throws Corrupted (model) for another number of rows, or for items beyond `item_count`.
  SparseRows(const FittedState& state, std::size_t rows, std::size_t item_count);

  // As the arrays begins, items and weights.
  void put(FittedState& state) const;

  void push_back(std::span<const ItemWeight> row);

  std::size_t size() const { return begins_.size() - 1; }
  std::size_t entry_count() const { return entries_.size(); }
  std::span<const ItemWeight> operator[](std::size_t row) const {
    return std::span(entries_).subspan(begins_[row], begins_[row + 1] - begins_[row]);
  }

 private:
  std::vector<std::uint64_t> begins_{0};  // [size + 1]
  std::vector<ItemWeight> entries_;
};

// Sums weights by item in a dense row, and remembers which items it has touched. One a thread.
class RowSums {
 public:
  explicit RowSums(std::size_t item_count) : sums_(item_count), touched_(item_count) {}

  void add(ItemId item, float weight) {
    if (!touched_[item]) {
      touched_[item] = 1;
      items_.push_back(item);
    }
    sums_[item] += weight;
  }
  void add(std::span<const ItemWeight> row, float scale) {
    for (const ItemWeight& entry : row) add(entry.item, scale * entry.weight);
  }
  // The sums that are not zero, in ascending item id; all sums are zero again.
  std::vector<ItemWeight> take();

 private:
  std::vector<float> sums_;            // [item_count]
  std::vector<std::uint8_t> touched_;  // [item_count]
  std::vector<ItemId> items_;
};

// Keeps the `most` entries of largest absolute weight, the lower item first among equals, in ascending item id. 0 keeps
// all.
void keep_strongest(std::vector<ItemWeight>& row, std::size_t most);

// Row i of the result has an entry (r, w) for each entry (i, w) of row r. [columns] rows.
SparseRows transpose(const SparseRows& rows, std::size_t columns);

// left [n, k] times right [k, columns]. Sums are taken in the order of the left row, so that the result does not depend
// on the number of threads.
SparseRows multiply(const SparseRows& left, const SparseRows& right, std::size_t columns, ThreadPool& pool);

}  // namespace p5
