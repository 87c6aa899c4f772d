#include "pipeline/update_events.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

constexpr std::int64_t kNow = 1'000'000'000'000;

class UpdateEventsTest : public testing::Test {
 protected:
  // u0 had i0 and i1 at times 100 and 200; u1 had i2 at 300.
  UpdateEventsTest()
      : corpus_(test::FakeData{.histories = {{0, 1}, {2}},
                               .ratings = {{4, 5}, {3}},
                               .times = {{100, 200}, {300}},
                               .rating_scale = RatingScale(1, 5, 1)}) {}

  UpdateEvents choose(const std::vector<FeedbackEvent>& events, const CatalogChanges& changes = {}) const {
    UpdateEventChooser chooser(corpus_, changes, kNow);
    for (const FeedbackEvent& event : events) chooser.add(event);
    return chooser.finish();
  }
  std::string reason(const FeedbackEvent& event) const {
    const UpdateEvents events = choose({event});
    EXPECT_EQ(events.used.size() + events.problems.total(), 1u);
    return events.problems.rows().empty() ? "" : events.problems.rows().front().reason;
  }

  test::FakeCorpus corpus_;
};

TEST_F(UpdateEventsTest, EachReasonIsCounted) {
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "i2", .time_ms = 201}), "");
  EXPECT_EQ(reason({.id = "a", .user = "", .item = "i2", .time_ms = 201}), "no user");
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "", .time_ms = 201}), "no item");
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "x", .time_ms = 201}), UpdateEventChooser::kUnknownItem);
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "i2", .type = "dislike", .time_ms = 201}), "no sign of interest");
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "i2", .time_ms = 0}), "no time");
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "i2", .time_ms = kNow + 2 * 86'400'000LL}), "in the future");
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "i2", .time_ms = 199}), UpdateEventChooser::kTooEarly);
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "i1", .type = "", .time_ms = 200}), UpdateEventChooser::kInCorpus);
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "i2", .time_ms = 200}), "");  // another item at the same time
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "i2", .type = "rating", .value = 9, .time_ms = 201}),
            "a rating outside the scale");
  EXPECT_EQ(reason({.id = "a", .user = "u0", .item = "i2", .type = "view", .value = 9, .time_ms = 201}), "");
}

TEST_F(UpdateEventsTest, AnIdCountsOnce) {
  const UpdateEvents events = choose({{.id = "a", .user = "u0", .item = "i2", .time_ms = 201},
                                      {.id = "a", .user = "u0", .item = "i2", .time_ms = 201},
                                      {.id = "b", .user = "u0", .item = "i2", .time_ms = 202}});
  EXPECT_EQ(events.read, 3u);
  EXPECT_EQ(events.used.size(), 2u);
  EXPECT_EQ(events.problems.count_of("twice"), 1u);
  EXPECT_EQ(events.problems.rows()[0].first.find("event 'a'"), 0u);
}

TEST_F(UpdateEventsTest, UsedOnesAreInTheOrderOfTime) {
  const UpdateEvents events = choose({{.id = "a", .user = "new", .item = "i2", .time_ms = 500},
                                      {.id = "b", .user = "u1", .item = "i0", .time_ms = 400},
                                      {.id = "c", .user = "new", .item = "i0", .time_ms = 400}});
  ASSERT_EQ(events.used.size(), 3u);
  EXPECT_EQ(events.used[0].id, "b");
  EXPECT_EQ(events.used[1].id, "c");
  EXPECT_EQ(events.used[2].id, "a");
  EXPECT_EQ(events.users, 2u);
  EXPECT_EQ(events.new_users, 1u);
  EXPECT_EQ(events.first_ms, 400);
  EXPECT_EQ(events.last_ms, 500);
}

TEST_F(UpdateEventsTest, WhatTheShopChangedIsKnown) {
  const CatalogChanges changes{.items = {{.item = "put"}}, .forgotten_users = {"u0"}};
  const UpdateEvents events = choose({{.id = "a", .user = "u1", .item = "put", .time_ms = 400},
                                      {.id = "b", .user = "u0", .item = "i2", .time_ms = 50}},
                                     changes);
  EXPECT_EQ(events.used.size(), 2u);  // a forgotten user has no earlier events
  EXPECT_EQ(events.unknown_items, 0u);
}

TEST_F(UpdateEventsTest, RatingsAreThoseOfRatings) {
  EXPECT_EQ(rating_of({.type = "rating", .value = 4}, corpus_), 4.0f);
  EXPECT_TRUE(std::isnan(rating_of({.type = "view", .value = 4}, corpus_)));
  EXPECT_TRUE(std::isnan(rating_of({.type = "rating"}, corpus_)));
  const test::FakeCorpus without(std::vector<std::vector<ItemId>>{{0, 1}});
  EXPECT_TRUE(std::isnan(rating_of({.type = "rating", .value = 4}, without)));
}

}  // namespace
}  // namespace p5
