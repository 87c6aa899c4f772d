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
  const BuiltIndex built = extend_index(index, {{}, {}}, vocabulary);
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
  const BuiltIndex built = extend_index(index, {{}}, Vocabulary(letters, 0, {}));
  EXPECT_EQ(built.index.name(2), "item_8");
  EXPECT_EQ(path_of(built.index, 2), eight);
  EXPECT_TRUE(built.id_tokens.empty());
}

TEST(IndexExtension, NewItemsShareTheGroupsOfTheItemThatTheyAreLike) {
  const auto letters = std::make_shared<const test::LetterTokenizer>();
  const auto first = static_cast<TokenId>(letters->size());
  const ItemIndex index("residual", {{first, first + 2, first + 4}, {first + 1, first + 3}},
                        {"item_1001", "item_1002"});
  const Vocabulary vocabulary(letters, 0, {"a", "b", "c", "d", "e"});
  const BuiltIndex built = extend_index(index, {{.alike = 0}, {.alike = 1}, {}, {.alike = 0}}, vocabulary);
  EXPECT_EQ(path_of(built.index, 0), path_of(index, 0));
  EXPECT_EQ(path_of(built.index, 2), (std::vector<TokenId>{first, first + 2, first + 5}));
  EXPECT_EQ(path_of(built.index, 3), (std::vector<TokenId>{first + 1, first + 6}));
  EXPECT_EQ(path_of(built.index, 4), (std::vector<TokenId>{first + 7}));
  EXPECT_EQ(path_of(built.index, 5), (std::vector<TokenId>{first, first + 2, first + 8}));
}

TEST(IndexExtension, SpellsFreeTitlesWhereIdsAreTitles) {
  const auto letters = std::make_shared<const test::LetterTokenizer>();
  const auto spelled = [&](const char* text) {
    std::vector<TokenId> path;
    letters->encode(text, path);
    return path;
  };
  const ItemIndex index("title", {spelled("blue")}, {"item_1001"});
  const std::vector<NewItem> added = {{.title = spelled("red")}, {.title = spelled("blue")}, {.title = spelled("red")}};
  const BuiltIndex built = extend_index(index, added, Vocabulary(letters, 0, {}));
  EXPECT_EQ(path_of(built.index, 1), spelled("red"));
  EXPECT_EQ(path_of(built.index, 2), spelled("item_1003"));
  EXPECT_EQ(path_of(built.index, 3), spelled("item_1004"));
}

}  // namespace
}  // namespace p5
