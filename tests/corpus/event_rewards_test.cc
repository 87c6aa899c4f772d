#include "corpus/event_rewards.h"

#include <gtest/gtest.h>

#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

test::FakeCorpus corpus() {
  test::FakeData data{.histories = {{0, 1, 2}}};
  data.ratings = {{2, 5, kNoRating}};
  data.rating_scale = RatingScale(1, 5, 1);
  return test::FakeCorpus(data);
}

TEST(EventRewards, AreOneWhereNothingIsSaid) {
  const auto events = corpus();
  const EventRewards rewards({}, events, "x");
  EXPECT_EQ(rewards.of(0), 1);
  EXPECT_EQ(rewards.of(2), 1);
}

TEST(EventRewards, TakeThePlaceOnTheScale) {
  const auto events = corpus();
  const EventRewards rewards({"rating=value"}, events, "x");
  EXPECT_EQ(rewards.of(0), 0.25);
  EXPECT_EQ(rewards.of(1), 1);
  EXPECT_EQ(rewards.of(2), 1) << "no rating";
  EXPECT_EQ(EventRewards({"rating=value", "=-0.5"}, events, "x").of(1), -0.5) << "the type comes first";
}

TEST(EventRewards, BadRulesNameTheOption) {
  const auto events = corpus();
  for (const char* rule : {"purchase", "purchase=", "purchase=much", "purchase=nan", "purchase=value"}) {
    try {
      EventRewards({rule}, events, "encoder.rewards");
      ADD_FAILURE() << rule;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("encoder.rewards"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace p5
