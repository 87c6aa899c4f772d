// An item's id is its title, in the pieces of the tokenizer (TID of Hua et al. 2023): the first words of it, so that
// answers stay short. Items that read alike get a number after it; items without a title are spelled by their number
// alone ("item_1042"). Looks at no event. Thread-safe: all const.
#pragma once

#include "indexing/item_indexer.h"

namespace p5 {

class TitleIndexer final : public ItemIndexer {
 public:
  explicit TitleIndexer(const IndexOptions& options) : options_(options) {}
  BuiltIndex build(const IndexInput& input) const override;

 private:
  IndexOptions options_;
};

// The pieces of the first `words` words of a title that the tokenizer can spell; those with others are passed over.
// Empty where there is none.
std::vector<TokenId> spell_title(std::string_view title, std::size_t words, const Tokenizer& tokenizer);

}  // namespace p5
