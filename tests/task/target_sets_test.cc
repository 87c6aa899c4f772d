#include "task/target_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace p5 {
namespace {

using ::testing::ElementsAre;

// Two groups of two, an item alone in its group, and ids that begin as another one: 12 and 12, 9.
ItemIndex some_index() {
  return {"test", {{10, 7}, {10, 8}, {11, 7}, {11, 9}, {12}, {12, 9}, {13, 7}}, {"a", "b", "c", "d", "e", "f", "g"}};
}

TEST(TargetSets, TokensCompeteWithThoseThatMayStandInTheirPlace) {
  const ItemIndex index = some_index();
  const TargetSets sets(index, TargetSets::By::kBeginning);
  const std::vector<TokenId> tokens{5, 10, 8, 11, 9, 13, 7};
  const std::vector<std::uint16_t> depth{0, 1, 2, 1, 2, 1, 2};
  const auto numbers = sets.of(tokens, depth);
  EXPECT_EQ(numbers[0], 0u) << "a word";
  const auto set = [&](std::size_t i) { return (*sets.sets())[numbers[i] - 1]; };
  EXPECT_THAT(set(1), ElementsAre(10, 11, 12, 13));
  EXPECT_THAT(set(2), ElementsAre(7, 8));
  EXPECT_EQ(numbers[3], numbers[1]);
  EXPECT_THAT(set(4), ElementsAre(7, 9));
  EXPECT_THAT(set(6), ElementsAre(7)) << "the rest of 13 is certain";
}

TEST(TargetSets, AnEndCompetesWhereAnIdGoesOn) {
  const ItemIndex index = some_index();
  const TargetSets sets(index, TargetSets::By::kBeginning);
  EXPECT_FALSE(sets.of_end(std::vector<TokenId>{10, 7}).has_value());
  const auto end = sets.of_end(std::vector<TokenId>{12});
  ASSERT_TRUE(end.has_value());
  EXPECT_THAT((*sets.sets())[*end - 1], ElementsAre(kEndToken, 9));
}

TEST(TargetSets, ByPositionTheyAreThoseOfAllItems) {
  const ItemIndex index = some_index();
  const TargetSets sets(index, TargetSets::By::kPosition);
  const std::vector<TokenId> tokens{10, 8};
  const std::vector<std::uint16_t> depth{1, 2};
  EXPECT_THAT(sets.of(tokens, depth), ElementsAre(1, 2));
  EXPECT_THAT((*sets.sets())[1], ElementsAre(7, 8, 9));
  EXPECT_FALSE(sets.of_end(tokens).has_value());
}

}  // namespace
}  // namespace p5
