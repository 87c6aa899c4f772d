#include "indexing/category_indexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "p5/error.h"
#include "retrieval/item_labels.h"

namespace p5 {
namespace {

using Words = std::vector<std::string>;

// How many items have each category.
std::map<std::string, std::size_t> count_items(const std::vector<Words>& categories) {
  std::map<std::string, std::size_t> items;
  for (Words words : categories) {
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    for (const std::string& word : words) ++items[word];
  }
  return items;
}

// Those that enough items have but not `all` that have any, from common to rare, no more than `levels`.
Words way_down(Words words, const std::map<std::string, std::size_t>& items, std::size_t least, std::size_t all,
               std::size_t levels) {
  std::erase_if(words, [&](const std::string& word) { return items.at(word) < least || items.at(word) == all; });
  std::sort(words.begin(), words.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(items.at(b), a) < std::pair(items.at(a), b);
  });
  words.erase(std::unique(words.begin(), words.end()), words.end());
  words.resize(std::min(words.size(), levels));
  return words;
}

}  // namespace

ItemCodes CategoryIndexer::codes(const IndexInput& input, const std::vector<ItemId>& order) const {
  std::vector<Words> categories = categories_or_labels(input.split.corpus().catalog());
  categories.resize(std::max(categories.size(), order.size()));
  const auto items = count_items(categories);
  if (items.empty()) {
    throw usage_error("items without categories", {.where = "index scheme category",
                                                   .expected = "categories, brands or labels of items in the corpus",
                                                   .got = "none"});
  }
  const auto described = categories.size() - static_cast<std::size_t>(std::ranges::count_if(categories, &Words::empty));
  ItemCodes codes;
  std::map<Words, std::uint32_t> tokens;  // of each way from the root
  for (const ItemId item : order) {
    Words words = way_down(categories[item], items, static_cast<std::size_t>(options().category_items), described,
                           static_cast<std::size_t>(options().levels));
    if (words.empty()) words.push_back("other");
    std::vector<std::uint32_t>& path = codes.of.emplace_back();
    Words way;
    for (const std::string& word : words) {
      way.push_back(word);
      const auto [token, added] = tokens.emplace(way, static_cast<std::uint32_t>(tokens.size()));
      path.push_back(token->second);
      if (added) codes.token_names.push_back(fmt::format("c{}_{}: {}", way.size(), token->second, word));
    }
  }
  return codes;
}

}  // namespace p5
