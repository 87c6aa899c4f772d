#include "indexing/index_extension.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "indexing/item_numbers.h"
#include "p5/error.h"

namespace p5 {

BuiltIndex extend_index(const ItemIndex& index, std::size_t item_count, const Vocabulary& vocabulary) {
  const bool private_tokens = vocabulary.items().size() > 0;
  std::vector<std::vector<TokenId>> paths;
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
  for (std::size_t item = index.size(); item < item_count; ++item, ++next) {
    names.push_back(item_name(next));
    std::vector<TokenId>& path = paths.emplace_back();
    if (private_tokens) {
      path.push_back(vocabulary.items().begin + static_cast<TokenId>(id_tokens.size()));
      id_tokens.push_back(names.back());
      continue;
    }
    vocabulary.tokenizer().encode(names.back(), path);
    if (std::ranges::find(path, kUnknownToken) != path.end()) {
      throw usage_error("the tokenizer cannot encode this item id",
                        {.expected = "pieces for letters, digits and '_'", .got = "'" + names.back() + "'"});
    }
  }
  return {ItemIndex(index.scheme(), std::move(paths), std::move(names)), std::move(id_tokens)};
}

}  // namespace p5
