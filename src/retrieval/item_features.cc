#include "retrieval/item_features.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace p5 {
namespace {

// Words get numbers in the order of their first occurrence.
class Numbering {
 public:
  std::uint32_t of(const std::string& name, std::vector<std::string>& names) {
    const auto [found, added] = numbers_.try_emplace(name, static_cast<std::uint32_t>(names.size()));
    if (added) names.push_back(name);
    return found->second;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

// Visit (name, word).
template <typename Visit>
void visit_lists(const std::vector<Attribute>& attributes, const Visit& visit) {
  for (const Attribute& attribute : attributes) {
    if (const auto* words = std::get_if<std::vector<std::string>>(&attribute.value)) {
      for (const std::string& word : *words) visit(attribute.name, word);
    }
  }
}

template <typename Visit>
void visit_words(const std::vector<Attribute>& attributes, const Visit& visit) {
  for (const Attribute& attribute : attributes) {
    if (const auto* word = std::get_if<std::string>(&attribute.value)) visit(attribute.name, *word);
  }
}

bool any_category(const ItemCatalog& catalog) {
  for (ItemId item = 0; item < catalog.size(); ++item) {
    if (!catalog.categories(item).empty()) return true;
  }
  return false;
}

}  // namespace

ItemFeatures::ItemFeatures(const ItemCatalog& catalog, Choice choice) {
  const bool all = choice == Choice::kAll;
  const bool lists = all || !any_category(catalog);
  Numbering numbering;
  begins_.assign(1, 0);
  for (ItemId item = 0; item < catalog.size(); ++item) {
    std::vector<std::uint32_t> own;
    const auto add = [&](std::string_view kind, std::string_view word) {
      if (word.empty()) return;
      own.push_back(numbering.of((all ? std::string(kind) + ": " : "") + std::string(word), names_));
    };
    for (const std::string_view category : catalog.categories(item)) add("category", category);
    if (all) add("brand", catalog.brand(item));
    if (all) visit_words(catalog.attributes(item), add);
    if (lists) visit_lists(catalog.attributes(item), add);
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    features_.insert(features_.end(), own.begin(), own.end());
    begins_.push_back(features_.size());
  }
}

std::span<const std::uint32_t> ItemFeatures::of(ItemId item) const {
  if (item >= item_count()) return {};
  return std::span(features_).subspan(begins_[item], begins_[item + 1] - begins_[item]);
}

std::size_t ItemFeatures::described() const {
  std::size_t count = 0;
  for (std::size_t item = 0; item < item_count(); ++item) count += begins_[item + 1] > begins_[item] ? 1 : 0;
  return count;
}

}  // namespace p5
