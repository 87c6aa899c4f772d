#include "retrieval/item_labels.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <variant>

namespace p5 {

namespace {

void add_label(std::string_view kind, std::string_view value, std::vector<std::string>& labels) {
  if (!value.empty()) labels.push_back(std::string(kind) + "=" + std::string(value));
}

}  // namespace

std::vector<std::string> labels_of(const std::vector<Attribute>& attributes) {
  std::vector<std::string> labels;
  for (const Attribute& attribute : attributes) {
    if (const auto* word = std::get_if<std::string>(&attribute.value)) add_label(attribute.name, *word, labels);
    if (const auto* words = std::get_if<std::vector<std::string>>(&attribute.value)) {
      for (const std::string& one : *words) add_label(attribute.name, one, labels);
    }
  }
  return labels;
}

std::vector<std::string> labels_of(const ItemCatalog& catalog, ItemId item) {
  std::vector<std::string> labels;
  add_label("brand", catalog.brand(item), labels);
  for (const std::string_view category : catalog.categories(item)) add_label("category", category, labels);
  std::ranges::move(labels_of(catalog.attributes(item)), std::back_inserter(labels));
  return labels;
}

std::vector<std::vector<std::string>> categories_or_labels(const ItemCatalog& catalog) {
  std::vector<std::vector<std::string>> result(catalog.size());
  bool any = false;
  for (ItemId item = 0; item < catalog.size(); ++item) {
    for (const std::string_view category : catalog.categories(item)) result[item].emplace_back(category);
    any = any || !result[item].empty();
  }
  if (any) return result;
  for (ItemId item = 0; item < catalog.size(); ++item) result[item] = labels_of(catalog, item);
  return result;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const unsigned char byte = i < text.size() ? static_cast<unsigned char>(text[i]) : ' ';
    const bool upper = byte >= 'A' && byte <= 'Z';
    if (upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80) {
      word.push_back(static_cast<char>(upper ? byte - 'A' + 'a' : byte));
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

}  // namespace p5
