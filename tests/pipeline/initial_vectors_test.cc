#include "pipeline/initial_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "p5/error.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Items a = 10 12, b = 10 13, c = 11 7; token 7 is a word.
const ItemIndex kIndex("test", {{10, 12}, {10, 13}, {11, 7}}, {"a", "b", "c"});
const TokenRange kItems{10, 14};

TEST(InitialVectors, ASharedTokenGetsTheMeanOfItsItems) {
  const std::vector<float> vectors{1, 2, 3, 4, 5, 6};
  const double size = std::sqrt((2 * 2 + 3 * 3 + 5 * 5 + 6 * 6 + 1 * 1 + 2 * 2 + 3 * 3 + 4 * 4) / 8.0);
  const TokenVectors taken = item_token_vectors(kIndex, kItems, {2, vectors}, size);
  EXPECT_THAT(taken.tokens, ElementsAre(10, 11, 12, 13)) << "words keep their vectors";
  const auto near = [](float value) { return testing::FloatNear(value, 1e-5f); };
  EXPECT_THAT(taken.vectors, ElementsAre(near(2), near(3), near(5), near(6), near(1), near(2), near(3), near(4)));
}

TEST(InitialVectors, AreScaledToTheDeviation) {
  const TokenVectors taken = item_token_vectors(kIndex, kItems, {2, {1, 2, 3, 4, 5, 6}}, 0.5);
  double squares = 0;
  for (const float value : taken.vectors) squares += value * value;
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(taken.vectors.size())), 0.5, 1e-6);
  const TokenVectors none = item_token_vectors(kIndex, kItems, {2, std::vector<float>(6)}, 0.5);
  EXPECT_THAT(none.vectors, testing::Each(0.0f));
}

TEST(InitialVectors, ItemsWithoutARowGiveNoVector) {
  const TokenVectors taken = item_token_vectors(kIndex, kItems, {2, {1, 2, 3, 4}}, 1.0);
  EXPECT_THAT(taken.tokens, ElementsAre(10, 12, 13)) << "item c had no events when vectors were learnt";
}

TEST(InitialVectors, ASourceWithoutVectorsOrOfAnotherWidthIsRefused) {
  SourceOptions options;
  options.encoder.width = 64;
  options.als.factors = 32;
  EXPECT_NO_THROW(require_item_vectors("encoder", options, 64));
  EXPECT_NO_THROW(require_item_vectors("encoder#3", options, 64));
  EXPECT_NO_THROW(require_item_vectors("als", options, 32));
  const auto refused = [&](const std::string& source, const char* says) {
    try {
      require_item_vectors(source, options, 64);
      ADD_FAILURE() << source;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(says));
    }
  };
  refused("als", "width 32");
  refused("popularity", "encoder");
  refused("nobody", "no such source");
}

}  // namespace
}  // namespace p5
