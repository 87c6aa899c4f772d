// What the catalogue says about items, as small numbers: categories, brand, words of attributes. Similarity,
// calibration and exposure by group read it. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

class ItemFeatures {
 public:
  // kAll: categories, brand, and attributes that are words or lists of words. kCategories: the categories alone, or,
  // where no item has one, the attributes that are lists of words. Numbers and free texts are no features.
  enum class Choice { kAll, kCategories };
  ItemFeatures(const ItemCatalog& catalog, Choice choice);

  // Ascending, each once; empty for an item that has none or is not in the catalogue.
  std::span<const std::uint32_t> of(ItemId item) const;
  // "category: Drama"; of kCategories the word alone.
  const std::string& name(std::uint32_t feature) const { return names_[feature]; }
  std::size_t feature_count() const { return names_.size(); }
  std::size_t item_count() const { return begins_.size() - 1; }
  // Items with at least one feature.
  std::size_t described() const;

 private:
  std::vector<std::size_t> begins_;  // [item_count + 1]
  std::vector<std::uint32_t> features_;
  std::vector<std::string> names_;
};

}  // namespace p5
