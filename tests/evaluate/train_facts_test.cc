#include "evaluate/train_facts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

TEST(TrainFacts, CountsTrainEventsAndTheirUsers) {
  const auto corpus =
      std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 0, 1, 4, 4}, {0, 3, 4, 4}, {1}, {2, 1}});
  const TrainFacts facts(split_leave_one_out(corpus));
  EXPECT_EQ(facts.users, 4u);
  EXPECT_EQ(facts.events, 8u);
  EXPECT_EQ(facts.events_of, (std::vector<std::uint32_t>{3, 3, 1, 1, 0}));
  EXPECT_EQ(facts.users_of, (std::vector<std::uint32_t>{2, 3, 1, 1, 0}));
  EXPECT_EQ(facts.popularity_rank, (std::vector<std::uint32_t>{1, 1, 2, 2, 0}));
  EXPECT_DOUBLE_EQ(facts.self_information(0), 1);  // half of the users
  EXPECT_DOUBLE_EQ(facts.self_information(4), 2);  // nobody counts as one of four
}

TEST(TrainFacts, BandsHoldAThirdOfTheEventsEach) {
  // Counts 6, 3, 2, 1, 0 of twelve events: the first has more than a third by itself.
  std::vector<std::vector<ItemId>> histories(12);
  const std::vector<ItemId> events{0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3};
  for (std::size_t i = 0; i < events.size(); ++i) histories[i] = {events[i]};
  const TrainFacts facts(
      split_leave_one_out(std::make_shared<test::FakeCorpus>(test::FakeData{.histories = histories, .items = 5})));
  using Band = TrainFacts::Band;
  EXPECT_EQ(facts.band, (std::vector<Band>{Band::kHead, Band::kMiddle, Band::kTail, Band::kTail, Band::kTail}));
}

// Events that are held out, whatever they are of, change no figure.
TEST(TrainFacts, Pitfall03KnowNothingOfHeldOutEvents) {
  Rng rng(5, "train facts");
  std::vector<std::vector<ItemId>> histories(30), other;
  for (auto& history : histories) {
    history.resize(3 + rng.below(6));
    for (ItemId& item : history) item = static_cast<ItemId>(rng.below(20));
  }
  other = histories;
  for (auto& history : other) {
    history[history.size() - 1] = static_cast<ItemId>(rng.below(20));
    history[history.size() - 2] = static_cast<ItemId>(rng.below(20));
  }
  const auto facts = [](std::vector<std::vector<ItemId>> log) {
    return TrainFacts(split_leave_one_out(
        std::make_shared<test::FakeCorpus>(test::FakeData{.histories = std::move(log), .items = 20})));
  };
  const TrainFacts a = facts(histories), b = facts(other);
  EXPECT_EQ(a.events_of, b.events_of);
  EXPECT_EQ(a.users_of, b.users_of);
  EXPECT_EQ(a.popularity_rank, b.popularity_rank);
  EXPECT_EQ(a.band, b.band);
}

}  // namespace
}  // namespace p5
