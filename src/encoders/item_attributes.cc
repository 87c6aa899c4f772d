#include "encoders/item_attributes.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/rng.h"

namespace p5 {
namespace {

// Calls take(field, text) for every attribute of an item; the name of the field is part of the text.
template <typename Take>
void for_attributes(const ItemCatalog& catalog, ItemId item, const Take& take) {
  std::string text;
  const auto say = [&](std::string_view field, std::string_view value) {
    if (value.empty()) return;
    text.assign(field).append("\n").append(value);
    take(field, text);
  };
  say("brand", catalog.brand(item));
  for (const std::string_view category : catalog.categories(item)) say("category", category);
  for (const Attribute& attribute : catalog.attributes(item)) {
    if (const auto* word = std::get_if<std::string>(&attribute.value)) say(attribute.name, *word);
    if (const auto* words = std::get_if<std::vector<std::string>>(&attribute.value)) {
      for (const std::string& word : *words) say(attribute.name, word);
    }
  }
}

}  // namespace

ItemAttributes read_item_attributes(const ItemCatalog& catalog, std::size_t items) {
  std::unordered_map<std::string, std::uint32_t> numbers;
  std::vector<std::vector<std::uint32_t>> rows(items);
  std::vector<std::uint32_t> holders;  // items that have an attribute
  std::vector<std::uint64_t> names;    // of all attributes
  std::vector<std::uint32_t> fields;   // the same
  std::unordered_map<std::string, std::uint32_t> field_numbers;
  for (ItemId item = 0; item < items; ++item) {
    std::vector<std::uint32_t>& row = rows[item];
    for_attributes(catalog, item, [&](std::string_view field, const std::string& text) {
      const auto [number, added] = numbers.try_emplace(text, static_cast<std::uint32_t>(numbers.size()));
      if (added) {
        names.push_back(stable_hash(text));
        const auto next = static_cast<std::uint32_t>(field_numbers.size());
        fields.push_back(field_numbers.try_emplace(std::string(field), next).first->second);
      }
      row.push_back(number->second);
    });
    std::sort(row.begin(), row.end());
    row.erase(std::unique(row.begin(), row.end()), row.end());
    holders.resize(numbers.size());
    for (const std::uint32_t number : row) ++holders[number];
  }
  ItemAttributes attributes;
  std::vector<std::uint32_t> renumbered(holders.size());
  for (std::size_t number = 0; number < holders.size(); ++number) {
    if (holders[number] <= 1) continue;
    renumbered[number] = attributes.count++;
    attributes.names.push_back(names[number]);
    attributes.fields.push_back(fields[number]);
  }
  attributes.begins.push_back(0);
  for (const std::vector<std::uint32_t>& row : rows) {
    for (const std::uint32_t number : row) {
      if (holders[number] > 1) attributes.values.push_back(renumbered[number]);
    }
    attributes.begins.push_back(attributes.values.size());
  }
  return attributes;
}

}  // namespace p5
