// Each item as a path of tokens, and the item of a path. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "corpus/corpus.h"
#include "text/tokenizer.h"

namespace p5 {

class ItemIndex {
 public:
  // paths[i] is the token path of item i, without the end token; names[i] is its name in prompts ("item_42").
  // Throws InvalidArgument when a path is empty or two items share one (docs/pitfalls.md, 17).
  ItemIndex(std::string scheme, std::vector<std::vector<TokenId>> paths, std::vector<std::string> names);

  const std::string& scheme() const { return scheme_; }
  std::size_t size() const { return names_.size(); }
  // False for items that the corpus gained after the index was made (corpus/catalog_map.h).
  bool has(ItemId item) const { return item < size(); }
  std::span<const TokenId> path(ItemId item) const;
  const std::string& name(ItemId item) const { return names_[item]; }
  // The number in the item's name ("item_42"), as used by arithmetic on ids; the item's id if there is none.
  std::int64_t number(ItemId item) const;
  std::optional<ItemId> find(std::span<const TokenId> path) const;
  std::size_t longest_path() const;

  void save(const std::filesystem::path& file) const;  // docs/formats.md
  static ItemIndex load(const std::filesystem::path& file);

 private:
  std::string scheme_;
  std::vector<std::uint32_t> offsets_;  // [size + 1] into tokens_
  std::vector<TokenId> tokens_;
  std::vector<std::string> names_;
  std::vector<ItemId> by_path_;  // items sorted by path, for find()
};

}  // namespace p5
