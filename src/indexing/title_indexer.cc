#include "indexing/title_indexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "indexing/item_codes.h"
#include "indexing/item_numbers.h"
#include "p5/error.h"
#include "retrieval/item_labels.h"

namespace p5 {
namespace {

using Path = std::vector<TokenId>;

bool can_spell(const Path& path) { return std::ranges::find(path, kUnknownToken) == path.end(); }

Path spell(const std::string& text, const Tokenizer& tokenizer) {
  Path path;
  tokenizer.encode(text, path);
  if (can_spell(path)) return path;
  throw usage_error("the tokenizer cannot encode this item id",
                    {"index scheme title", "pieces for letters, digits and '_'", "'" + text + "'"});
}

}  // namespace

Path spell_title(std::string_view title, std::size_t words, const Tokenizer& tokenizer) {
  std::string text;
  std::size_t used = 0;
  for (const std::string& word : words_of(title)) {
    if (used == words) break;
    Path path;
    tokenizer.encode(word, path);
    if (path.empty() || !can_spell(path)) continue;
    text += (text.empty() ? "" : " ") + word;
    ++used;
  }
  Path path;
  if (!text.empty()) tokenizer.encode(text, path);
  return can_spell(path) ? path : Path();
}

BuiltIndex TitleIndexer::build(const IndexInput& input) const {
  const std::vector<ItemId> order = drawn_order(input, "title");
  const ItemCatalog& catalog = input.split.corpus().catalog();
  std::vector<Path> paths(order.size());
  std::vector<std::string> names(order.size());
  std::set<Path> taken;
  std::map<Path, std::int64_t> last;  // number that a title was given
  for (std::size_t i = 0; i < order.size(); ++i) {
    const ItemId item = order[i];
    names[item] = item_name(options_.first_number + static_cast<std::int64_t>(i));
    const Path title =
        spell_title(catalog.title(item), static_cast<std::size_t>(options_.title_words), input.tokenizer);
    Path path = title.empty() ? spell(names[item], input.tokenizer) : title;
    while (!taken.insert(path).second) {
      path = title;
      const Path number = spell(std::to_string(++last.emplace(title, 1).first->second), input.tokenizer);
      path.insert(path.end(), number.begin(), number.end());
    }
    paths[item] = std::move(path);
  }
  return {ItemIndex("title", std::move(paths), std::move(names)), {}};
}

}  // namespace p5
