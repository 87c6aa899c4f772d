#include "online/live_histories.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace p5 {
namespace {

using Items = std::vector<std::string>;

Items items_of(const LiveHistories& histories, const std::string& user, std::int64_t after_ms = INT64_MIN) {
  Items items;
  for (const LiveItem& each : histories.of(user, after_ms)) items.push_back(each.item);
  return items;
}

FeedbackEvent event(const std::string& user, const std::string& item, std::int64_t time = 0,
                    const std::string& type = "click") {
  return {.id = user + item, .user = user, .item = item, .type = type, .time_ms = time};
}

TEST(LiveHistories, KeepTheNewestItemsInOrder) {
  LiveHistories histories(3);
  for (const char* item : {"a", "b", "c", "d"}) {
    const FeedbackEvent one = event("u", item);
    histories.add({&one, 1});
  }
  EXPECT_EQ(items_of(histories, "u"), (Items{"b", "c", "d"}));
  EXPECT_EQ(items_of(histories, "v"), Items());
}

TEST(LiveHistories, LeaveOutWhatTheCorpusHasAlready) {
  LiveHistories histories;
  const std::vector<FeedbackEvent> events{event("u", "old", 100), event("u", "new", 101)};
  histories.add(events);
  EXPECT_EQ(items_of(histories, "u", 100), Items{"new"});
}

TEST(LiveHistories, PassOverWhatIsNoInterest) {
  LiveHistories histories;
  const std::vector<FeedbackEvent> events{event("u", "seen", 1, "impression"), event("u", "bad", 1, "dislike"),
                                          event("u", "bought", 1, "purchase")};
  histories.add(events);
  EXPECT_EQ(items_of(histories, "u"), Items{"bought"});
}

TEST(LiveHistories, KeepTheStarsOfRatingsAlone) {
  LiveHistories histories;
  std::vector<FeedbackEvent> events{event("u", "rated", 1, "rating"), event("u", "watched", 2, "view")};
  for (FeedbackEvent& each : events) each.value = 4.5;
  histories.add(events);
  EXPECT_EQ(histories.of("u").at(0).stars, 4.5);
  EXPECT_EQ(histories.of("u").at(1).stars, std::nullopt) << "seconds, not stars";
  EXPECT_EQ(histories.of("u").at(1).time_ms, 2);
}

TEST(LiveHistories, ForgetTheQuietestUsers) {
  LiveHistories histories(10, 100);
  for (int i = 0; i < 101; ++i) {
    const FeedbackEvent one = event("u" + std::to_string(i), "a");
    histories.add({&one, 1});
    const FeedbackEvent keeps = event("u0", "b");
    histories.add({&keeps, 1});
  }
  EXPECT_LE(histories.users(), 100u);
  EXPECT_FALSE(histories.of("u0").empty());
  EXPECT_TRUE(histories.of("u1").empty());
}

}  // namespace
}  // namespace p5
