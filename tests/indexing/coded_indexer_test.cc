// What ids of similar items promise: groups that were planted are found, sizes are bounded, bad requests are refused.
#include "indexing/coded_indexer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "indexing/item_trie.h"
#include "p5/error.h"
#include "support/fake_corpus.h"
#include "support/letter_tokenizer.h"

namespace p5 {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kGroups = 4, kMembers = 12, kItems = kGroups * kMembers, kWidth = 5;

// Items i, i + kGroups, i + 2 kGroups, ... belong together: users have items of one group, near vectors, one category.
std::size_t group_of(ItemId item) { return item % kGroups; }

Split planted_split(test::FakeData data = {}) {
  Rng rng(11, "planted");
  for (std::size_t user = 0; user < 200; ++user) {
    std::vector<ItemId>& history = data.histories.emplace_back();
    for (int i = 0; i < 5; ++i) history.push_back(static_cast<ItemId>(user % kGroups + kGroups * rng.below(kMembers)));
  }
  data.items = kItems;
  if (data.categories.empty()) {
    for (ItemId item = 0; item < kItems; ++item) data.categories.push_back({"kind " + std::to_string(group_of(item))});
  }
  auto corpus = std::make_shared<const test::FakeCorpus>(std::move(data));
  return Split(corpus, std::vector<Part>(corpus->interaction_count(), Part::kTrain), "all");
}

std::vector<float> planted_vectors() {
  Rng rng(12, "planted");
  std::vector<float> vectors;
  for (ItemId item = 0; item < kItems; ++item) {
    for (std::size_t i = 0; i < kWidth; ++i) {
      vectors.push_back(static_cast<float>((i == group_of(item) ? 3.0 : 0.0) + 0.1 * rng.normal()));
    }
  }
  return vectors;
}

BuiltIndex build(const IndexOptions& options, const Split& split = planted_split(), std::int64_t threads = 2) {
  const std::vector<float> vectors = planted_vectors();
  return make_item_indexer(options)->build({.split = split,
                                            .tokenizer = test::LetterTokenizer(),
                                            .first_id_token = 1000,
                                            .item_vectors = vectors,
                                            .vector_width = kWidth,
                                            .threads = threads});
}

std::string error_of(const IndexOptions& options, const Split& split = planted_split()) {
  try {
    build(options, split);
  } catch (const Error& error) {
    return fmt::format("{} ({})", error.what(), exit_code_of(error));
  }
  return "accepted";
}

IndexOptions planted_options(const std::string& scheme) {
  return {.scheme = scheme, .levels = 2, .clusters = kGroups, .leaf = kMembers, .codes = kGroups, .category_items = 2};
}

class GroupingScheme : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Schemes, GroupingScheme,
                         ::testing::Values("collaborative", "kmeans-tree", "residual", "category"));

TEST_P(GroupingScheme, FindsPlantedGroups) {
  const BuiltIndex built = build(planted_options(GetParam()));
  std::map<TokenId, std::set<std::size_t>> groups;
  for (ItemId item = 0; item < kItems; ++item) groups[built.index.path(item)[0]].insert(group_of(item));
  EXPECT_EQ(groups.size(), kGroups);
  for (const auto& [token, planted] : groups) EXPECT_EQ(planted.size(), 1u) << "token " << token;
}

TEST_P(GroupingScheme, PrefixesOfHybridIdsAreTheseGroups) {
  IndexOptions options = planted_options("hybrid");
  options.prefix = GetParam();
  const BuiltIndex hybrid = build(options);
  std::map<TokenId, std::set<std::size_t>> groups;
  for (ItemId item = 0; item < kItems; ++item) {
    groups[hybrid.index.path(item)[0]].insert(group_of(item));
    const auto own = static_cast<std::size_t>(hybrid.index.path(item).back() - 1000);
    EXPECT_EQ(hybrid.id_tokens.at(own), hybrid.index.name(item)) << "the last token is the item's own";
  }
  EXPECT_EQ(groups.size(), kGroups);
  for (const auto& [token, planted] : groups) EXPECT_EQ(planted.size(), 1u);
}

TEST_P(GroupingScheme, NoIdBeginsAnother) {
  test::FakeData data;
  for (ItemId item = 0; item < kItems; ++item) {
    data.categories.push_back({"kind " + std::to_string(group_of(item))});
    if (item % 5 == 0) data.categories.back().push_back("sort");
  }
  const BuiltIndex built = build(planted_options(GetParam()), planted_split(data));
  const ItemTrie trie(built.index);
  for (ItemTrie::Node node = 0; node < trie.node_count(); ++node) {
    const auto allowed = trie.allowed(node);
    if (allowed.size() > 1) {
      EXPECT_NE(allowed.front(), kEndToken);
    }
  }
}

TEST(ProductIds, PutNearItemsUnderTheSameCodes) {
  IndexOptions options = planted_options("product");
  options.levels = 1;
  const BuiltIndex built = build(options);
  std::map<TokenId, std::set<std::size_t>> groups;
  for (ItemId item = 0; item < kItems; ++item) groups[built.index.path(item)[0]].insert(group_of(item));
  for (const auto& [token, planted] : groups) EXPECT_EQ(planted.size(), 1u);
}

TEST(KmeansTreeIds, AreBalanced) {
  IndexOptions options = planted_options("kmeans-tree");
  options.clusters = 5;
  options.leaf = 3;
  options.levels = 8;
  const BuiltIndex built = build(options);
  std::map<std::vector<TokenId>, std::size_t> leaves;
  for (ItemId item = 0; item < kItems; ++item) {
    const auto path = built.index.path(item);
    // 48 items in 5 groups of at most 10, those in 5 of at most 2: two tokens of groups, and a digit where two share.
    EXPECT_LE(path.size(), 3u);
    ++leaves[{path.begin(), path.begin() + 2}];
  }
  for (const auto& [leaf, items] : leaves) EXPECT_LE(items, 2u);
}

TEST(CollaborativeIds, PutItemsWithoutCompanyTogether) {
  test::FakeData data;
  data.histories = {{0, 1}, {1, 2}, {0, 2}, {3, 4}, {4, 5}, {3, 5}, {6}, {7}};
  data.items = 12;
  auto corpus = std::make_shared<const test::FakeCorpus>(std::move(data));
  const Split split(corpus, std::vector<Part>(corpus->interaction_count(), Part::kTrain), "all");
  const BuiltIndex built = build({.scheme = "collaborative", .levels = 1, .clusters = 3, .leaf = 4}, split);
  const auto first = [&](ItemId item) { return built.index.path(item)[0]; };
  EXPECT_TRUE(first(0) == first(1) && first(1) == first(2));
  EXPECT_TRUE(first(3) == first(4) && first(4) == first(5));
  EXPECT_NE(first(0), first(3));
  for (ItemId alone = 7; alone < 12; ++alone) EXPECT_EQ(first(alone), first(6));
  EXPECT_NE(first(6), first(0));
  EXPECT_NE(first(6), first(3));
}

TEST(CollaborativeIds, GoOnWhereNobodyHasTwoItems) {
  auto corpus = std::make_shared<const test::FakeCorpus>(test::FakeData{.histories = {{0}, {1}}, .items = 40});
  const Split split(corpus, std::vector<Part>(2, Part::kTrain), "all");
  const BuiltIndex built = build({.scheme = "collaborative", .clusters = 4, .leaf = 5}, split);
  EXPECT_EQ(built.index.size(), 40u);
}

TEST(CodedIds, GetDigitsToTheBaseThatIsAsked) {
  IndexOptions options = planted_options("category");
  options.digits = 3;  // groups of 12: three digits, since 3 * 3 < 12
  const BuiltIndex built = build(options);
  for (ItemId item = 0; item < kItems; ++item) EXPECT_EQ(built.index.path(item).size(), 4u);
  EXPECT_EQ(built.id_tokens.size(), kGroups + 3);
}

TEST(CodedIds, NeedNoDigitsAfterSinkhorn) {
  IndexOptions options = planted_options("residual");
  options.codes = 24;  // groups of 12 items: each finds a code of its own on the last level
  options.levels = 2;
  const std::size_t with_digits = build(options).index.longest_path();
  options.collisions = IndexOptions::Collisions::kSinkhorn;
  const BuiltIndex reassigned = build(options);
  EXPECT_EQ(reassigned.index.longest_path(), 2u);
  EXPECT_GE(with_digits, 2u);
}

TEST(CodedIds, RefuseWhatCannotBe) {
  EXPECT_THAT(
      error_of({.scheme = "residual", .codes = 49}),
      HasSubstr("index.codes: more clusters than items: expected at most 48, the items of the corpus, got 49 (3)"));
  EXPECT_THAT(error_of({.scheme = "product", .levels = 6}), HasSubstr("index.levels: more levels than"));
  EXPECT_THAT(error_of({.scheme = "hybrid", .prefix = "random"}), HasSubstr("index.prefix: unknown index scheme"));
  test::FakeData bare;
  bare.categories.resize(kItems);
  EXPECT_THAT(error_of({.scheme = "category"}, planted_split(bare)), HasSubstr("items without categories"));
}

TEST(CategoryIds, GoFromCommonToRareAndPassOverWhatIsEverywhere) {
  test::FakeData data;
  for (ItemId item = 0; item < kItems; ++item) {
    data.categories.push_back({"Books", "all", item % 4 == 0 ? "Poems" : "Novels"});
    if (item == 7) data.categories.back().push_back("rare");
  }
  data.categories[9] = {};
  const BuiltIndex built = build(planted_options("category"), planted_split(data));
  EXPECT_THAT(built.id_tokens, ::testing::Contains(HasSubstr("Poems")));
  EXPECT_THAT(built.id_tokens, ::testing::Contains(HasSubstr("other")));
  EXPECT_THAT(built.id_tokens, ::testing::Not(::testing::Contains(HasSubstr("rare"))));
}

TEST(TitleIds, AreTheFirstWordsAndThenANumber) {
  test::FakeData data;
  data.histories = {{0, 1, 2}};
  data.titles = {"The Blue Note, Vol. 2", "The blue note!", ""};
  auto corpus = std::make_shared<const test::FakeCorpus>(std::move(data));
  const Split split(corpus, std::vector<Part>(3, Part::kTrain), "all");
  const BuiltIndex built = build({.scheme = "title", .title_words = 3}, split);
  const test::LetterTokenizer tokenizer;
  const auto text = [&](ItemId item) {
    const auto path = built.index.path(item);
    return tokenizer.decode({path.begin(), path.end()});
  };
  std::set<std::string> texts = {text(0), text(1)};
  EXPECT_EQ(texts.size(), 2u);
  std::vector<TokenId> plain;
  tokenizer.encode("the blue note", plain);
  EXPECT_TRUE(texts.contains(tokenizer.decode(plain))) << *texts.begin();
  EXPECT_EQ(text(2), built.index.name(2));
}

}  // namespace
}  // namespace p5
