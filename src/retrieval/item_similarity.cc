#include "retrieval/item_similarity.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "retrieval/item_features.h"

namespace p5 {
namespace {

struct Sets {
  std::vector<std::size_t> begins{0};
  std::vector<std::uint32_t> values;
};

// What only one item has, such as its address, makes no two items alike, and would only thin out what others share.
Sets shared_features(const ItemFeatures& features) {
  std::vector<std::size_t> items(features.feature_count());
  for (ItemId item = 0; item < features.item_count(); ++item) {
    for (const std::uint32_t feature : features.of(item)) ++items[feature];
  }
  Sets sets;
  for (ItemId item = 0; item < features.item_count(); ++item) {
    for (const std::uint32_t feature : features.of(item)) {
      if (items[feature] > 1) sets.values.push_back(feature);
    }
    sets.begins.push_back(sets.values.size());
  }
  return sets;
}

bool describes_half(const Sets& sets) {
  std::size_t described = 0;
  for (std::size_t item = 0; item + 1 < sets.begins.size(); ++item) {
    described += sets.begins[item + 1] > sets.begins[item] ? 1 : 0;
  }
  return described > 0 && 2 * described >= sets.begins.size() - 1;
}

// Users in ascending order: they are visited so.
Sets user_sets(const Split& split) {
  std::vector<std::vector<std::uint32_t>> users(split.corpus().item_count());
  for (const std::size_t i : split.positions(Part::kTrain)) {
    auto& own = users[split.corpus().items()[i]];
    const UserId user = split.corpus().users()[i];
    if (own.empty() || own.back() != user) own.push_back(user);
  }
  Sets sets;
  for (const auto& own : users) {
    sets.values.insert(sets.values.end(), own.begin(), own.end());
    sets.begins.push_back(sets.values.size());
  }
  return sets;
}

std::size_t common(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::size_t count = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::uint32_t left = a[i], right = b[j];
    count += left == right ? 1 : 0;
    i += left <= right ? 1 : 0;
    j += right <= left ? 1 : 0;
  }
  return count;
}

}  // namespace

ItemSimilarity::ItemSimilarity(const Split& split, Basis basis) {
  Sets sets = shared_features(ItemFeatures(split.corpus().catalog(), ItemFeatures::Choice::kAll));
  jaccard_ = basis == Basis::kFeatures || (basis == Basis::kAuto && describes_half(sets));
  if (!jaccard_) sets = user_sets(split);
  begins_ = std::move(sets.begins);
  values_ = std::move(sets.values);
}

std::span<const std::uint32_t> ItemSimilarity::set_of(ItemId item) const {
  if (item + std::size_t{1} >= begins_.size()) return {};
  return std::span(values_).subspan(begins_[item], begins_[item + 1] - begins_[item]);
}

float ItemSimilarity::of(ItemId a, ItemId b) const {
  if (a == b) return 1.0f;
  const auto first = set_of(a), second = set_of(b);
  if (first.empty() || second.empty()) return 0.0f;
  const auto shared = static_cast<double>(common(first, second));
  const auto n = static_cast<double>(first.size()), m = static_cast<double>(second.size());
  return static_cast<float>(jaccard_ ? shared / (n + m - shared) : shared / std::sqrt(n * m));
}

}  // namespace p5
