#include "indexing/index_extension.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "indexing/item_numbers.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Path = std::vector<TokenId>;

Path spelled_name(const std::string& name, const Vocabulary& vocabulary) {
  Path path;
  vocabulary.tokenizer().encode(name, path);
  if (std::ranges::find(path, kUnknownToken) == path.end()) return path;
  throw usage_error("the tokenizer cannot encode this item id",
                    {.expected = "pieces for letters, digits and '_'", .got = "'" + name + "'"});
}

// The groups of a known item: its path without the last token, which only it or the items of its leaf have.
Path groups_of(const ItemIndex& index, ItemId item) {
  if (!index.has(item)) return {};
  const auto path = index.path(item);
  return {path.begin(), path.end() - 1};
}

}  // namespace

BuiltIndex extend_index(const ItemIndex& index, const std::vector<NewItem>& added, const Vocabulary& vocabulary) {
  const bool private_tokens = vocabulary.items().size() > 0;
  std::vector<Path> paths;
  std::vector<std::string> names;
  const auto own = vocabulary.id_tokens().first(vocabulary.items().size());
  std::vector<std::string> id_tokens(own.begin(), own.end());
  std::int64_t next = 0;
  for (ItemId item = 0; item < index.size(); ++item) {
    const auto path = index.path(item);
    paths.emplace_back(path.begin(), path.end());
    names.push_back(index.name(item));
    next = std::max(next, index.number(item) + 1);
  }
  std::set<Path> taken;
  for (const NewItem& item : added) {
    names.push_back(item_name(next++));
    Path path;
    if (private_tokens) {
      path = groups_of(index, item.alike);
      path.push_back(vocabulary.items().begin + static_cast<TokenId>(id_tokens.size()));
      id_tokens.push_back(names.back());
    } else {
      const bool free = !item.title.empty() && !index.find(item.title) && taken.insert(item.title).second;
      path = free ? item.title : spelled_name(names.back(), vocabulary);
    }
    paths.push_back(std::move(path));
  }
  return {ItemIndex(index.scheme(), std::move(paths), std::move(names)), std::move(id_tokens)};
}

}  // namespace p5
