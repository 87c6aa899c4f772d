#include "indexing/index_extension.h"

#include <gtest/gtest.h>

#include "support/letter_tokenizer.h"

namespace p5 {
namespace {

std::vector<TokenId> path_of(const ItemIndex& index, ItemId item) {
  const auto path = index.path(item);
  return {path.begin(), path.end()};
}

TEST(IndexExtension, PrivateTokensFollowThoseOfTheKnownItems) {
  const auto letters = std::make_shared<const test::LetterTokenizer>();
  const auto first = static_cast<TokenId>(letters->size()) + 2;
  const ItemIndex index("independent", {{first + 1}, {first}}, {"item_1002", "item_1001"});
  const Vocabulary vocabulary(letters, 2, {"item_1001", "item_1002"}, {"user_0"});
  const BuiltIndex built = extend_index(index, 4, vocabulary);
  EXPECT_EQ(built.id_tokens, (std::vector<std::string>{"item_1001", "item_1002", "item_1003", "item_1004"}));
  ASSERT_EQ(built.index.size(), 4u);
  for (const ItemId item : {0, 1}) {
    EXPECT_EQ(path_of(built.index, item), path_of(index, item));
    EXPECT_EQ(built.index.name(item), index.name(item));
  }
  EXPECT_EQ(path_of(built.index, 2), std::vector<TokenId>{first + 2});
  EXPECT_EQ(path_of(built.index, 3), std::vector<TokenId>{first + 3});
  EXPECT_EQ(built.index.name(3), "item_1004");
  EXPECT_TRUE(index.has(1));
  EXPECT_FALSE(index.has(2));
}

TEST(IndexExtension, NumbersAreWrittenOnFromTheLargest) {
  const auto letters = std::make_shared<const test::LetterTokenizer>();
  std::vector<TokenId> seven, three, eight;
  letters->encode("item_7", seven);
  letters->encode("item_3", three);
  letters->encode("item_8", eight);
  const ItemIndex index("random", {seven, three}, {"item_7", "item_3"});
  const BuiltIndex built = extend_index(index, 3, Vocabulary(letters, 0, {}));
  EXPECT_EQ(built.index.name(2), "item_8");
  EXPECT_EQ(path_of(built.index, 2), eight);
  EXPECT_TRUE(built.id_tokens.empty());
}

}  // namespace
}  // namespace p5
