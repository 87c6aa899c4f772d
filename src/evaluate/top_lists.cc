#include "evaluate/top_lists.h"

#include <algorithm>

#include "retrieval/top_k.h"

namespace p5 {
namespace {

bool is_among(std::span<const ItemId> items, ItemId item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

std::size_t distinct_count(std::span<const ItemId> items) {
  std::vector<ItemId> sorted(items.begin(), items.end());
  std::sort(sorted.begin(), sorted.end());
  return static_cast<std::size_t>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
}

// The first ten of the list that are items, each once, and not among `without`.
std::vector<ItemId> first_of(std::span<const Candidate> list, std::span<const ItemId> without, std::size_t item_count) {
  std::vector<ItemId> items;
  for (const Candidate& candidate : list) {
    if (items.size() == TopLists::kLength) break;
    const ItemId item = candidate.item;
    if (item < item_count && !is_among(without, item) && !is_among(items, item)) items.push_back(item);
  }
  return items;
}

}  // namespace

void TopLists::set(std::size_t question, std::span<const float> scores, std::span<const ItemId> history) {
  set(question, top_k(scores, kLength + distinct_count(history)), history);
}

void TopLists::set(std::size_t question, std::span<const Candidate> list, std::span<const ItemId> history) {
  kept_[question] = first_of(list, {}, item_count_);
  set_dropped(question, list, history);
}

void TopLists::set_dropped(std::size_t question, std::span<const Candidate> list, std::span<const ItemId> history) {
  dropped_[question] = first_of(list, history, item_count_);
}

}  // namespace p5
