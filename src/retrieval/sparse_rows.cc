#include "retrieval/sparse_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace p5 {

SparseRows::SparseRows(std::vector<std::vector<ItemWeight>> rows) {
  begins_.reserve(rows.size() + 1);
  std::size_t entries = 0;
  for (const auto& row : rows) begins_.push_back(entries += row.size());
  entries_.reserve(entries);
  for (auto& row : rows) {
    entries_.insert(entries_.end(), row.begin(), row.end());
    std::vector<ItemWeight>().swap(row);  // so that the peak is one copy
  }
}

SparseRows::SparseRows(const FittedState& state, std::size_t rows, std::size_t item_count)
    : begins_(state.get<std::uint64_t>("begins", rows + 1)) {
  const auto items = state.get<ItemId>("items");
  const auto weights = state.get<float>("weights", items.size());
  const bool whole = begins_.front() == 0 && begins_.back() == items.size();
  if (!whole || !std::is_sorted(begins_.begin(), begins_.end())) {
    throw state.damage(fmt::format("begins from 0 to {}", items.size()), fmt::format("{}", begins_.back()));
  }
  entries_.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i] >= item_count) {
      throw state.damage(fmt::format("items below {}", item_count), fmt::format("{}", items[i]));
    }
    entries_.push_back({items[i], weights[i]});
  }
}

void SparseRows::put(FittedState& state) const {
  std::vector<ItemId> items;
  std::vector<float> weights;
  items.reserve(entries_.size());
  weights.reserve(entries_.size());
  for (const ItemWeight& entry : entries_) {
    items.push_back(entry.item);
    weights.push_back(entry.weight);
  }
  state.put("begins", begins_);
  state.put("items", items);
  state.put("weights", weights);
}

void SparseRows::push_back(std::span<const ItemWeight> row) {
  entries_.insert(entries_.end(), row.begin(), row.end());
  begins_.push_back(entries_.size());
}

std::vector<ItemWeight> RowSums::take() {
  std::sort(items_.begin(), items_.end());
  std::vector<ItemWeight> row;
  row.reserve(items_.size());
  for (const ItemId item : items_) {
    touched_[item] = 0;
    const float sum = std::exchange(sums_[item], 0.0f);
    if (sum != 0.0f) row.push_back({item, sum});
  }
  items_.clear();
  return row;
}

void keep_strongest(std::vector<ItemWeight>& row, std::size_t most) {
  if (most == 0 || row.size() <= most) return;
  std::nth_element(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(most), row.end(),
                   [](const ItemWeight& a, const ItemWeight& b) {
                     const float left = std::abs(a.weight), right = std::abs(b.weight);
                     return left > right || (left == right && a.item < b.item);
                   });
  row.resize(most);
  std::sort(row.begin(), row.end(), [](const ItemWeight& a, const ItemWeight& b) { return a.item < b.item; });
}

SparseRows transpose(const SparseRows& rows, std::size_t columns) {
  std::vector<std::size_t> counts(columns);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (const ItemWeight& entry : rows[row]) ++counts[entry.item];
  }
  std::vector<std::vector<ItemWeight>> result(columns);
  for (std::size_t column = 0; column < columns; ++column) result[column].reserve(counts[column]);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (const ItemWeight& entry : rows[row]) {
      result[entry.item].push_back({static_cast<ItemId>(row), entry.weight});
    }
  }
  return SparseRows(std::move(result));
}

SparseRows multiply(const SparseRows& left, const SparseRows& right, std::size_t columns, ThreadPool& pool) {
  std::vector<std::vector<ItemWeight>> rows(left.size());
  std::vector<RowSums> sums(pool.size(), RowSums(columns));
  pool.parallel_for(left.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    for (std::size_t row = begin; row < end; ++row) {
      for (const ItemWeight& entry : left[row]) sums[worker].add(right[entry.item], entry.weight);
      rows[row] = sums[worker].take();
    }
  });
  return SparseRows(std::move(rows));
}

}  // namespace p5
