#include "retrieval/id_arithmetic_source.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

using Numbers = std::vector<std::int64_t>;

Numbers plain(std::size_t count) {
  Numbers numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST(IdArithmeticSource, GuessesInTheOrderOfTheRule) {
  const IdArithmeticSource source(plain(30));
  EXPECT_EQ(source.guesses(std::vector<ItemId>{20, 10}), (Numbers{21, 11, 22, 12, 23}));
  // max and last are the same: values repeat, and max-1 fills up the five.
  EXPECT_EQ(source.guesses(std::vector<ItemId>{10}), (Numbers{11, 12, 13, 9}));
  // Numbers in the history are not guessed.
  EXPECT_EQ(source.guesses(std::vector<ItemId>{20, 11, 10}), (Numbers{21, 22, 12, 23, 13}));
  EXPECT_TRUE(source.guesses({}).empty());
}

TEST(IdArithmeticSource, WorksOnTheNumbersNotOnTheItems) {
  const IdArithmeticSource source({105, 100, 101, 7});
  const std::vector<ItemId> history{1};
  const CandidateQuery query{.history = history};
  std::vector<float> scores(4);
  ASSERT_TRUE(source.score_all(query, scores));
  EXPECT_EQ(scores, (std::vector<float>{0, 0, 5, 0}));  // 100 + 1; the other guesses are not the number of an item
  EXPECT_EQ(source.retrieve(std::span(&query, 1), 1).at(0).at(0).item, 2u);
}

TEST(IdArithmeticSource, RefusesNumbersThatCannotStandForItems) {
  EXPECT_THROW(IdArithmeticSource({1, 2, 1}), Error);
  EXPECT_THROW(IdArithmeticSource({std::numeric_limits<std::int64_t>::max()}), Error);
  EXPECT_THROW(IdArithmeticSource({std::numeric_limits<std::int64_t>::min()}), Error);
}

TEST(IdArithmeticSource, IgnoresItemsBeyondTheCatalogue) {
  const IdArithmeticSource source(plain(5));
  EXPECT_EQ(source.guesses(std::vector<ItemId>{99, 2}), (Numbers{3, 4, 5, 1}));
}

}  // namespace
}  // namespace p5
