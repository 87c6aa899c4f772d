// What users did since the corpus of a model was made: the newest items of each, in memory, so that the next answer
// knows the last click. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "online/feedback_event.h"

namespace p5 {

// What a user did with an item.
struct LiveItem {
  std::string item;
  std::int64_t time_ms = 0;
  std::optional<double> stars = {};  // the value of an event of type "rating"
};

class LiveHistories {
 public:
  // Items kept per user, and users kept: beyond that the user who has been quiet longest is forgotten, so that memory
  // has a bound. The store still has the events.
  explicit LiveHistories(std::size_t items_per_user = 200, std::size_t max_users = 1'000'000)
      : items_per_user_(items_per_user), max_users_(max_users) {}

  // Types that are no sign of interest ("impression", "dislike") are passed over: `is_interest` decides.
  void add(std::span<const FeedbackEvent> events);
  void forget(const std::string& user);
  // The items of events later than `after_ms`, oldest first: a corpus that was made of exported feedback has the
  // earlier ones.
  std::vector<LiveItem> of(const std::string& user,
                           std::int64_t after_ms = std::numeric_limits<std::int64_t>::min()) const;
  std::size_t users() const;

  static bool is_interest(std::string_view type);

 private:
  struct Entry {
    std::deque<LiveItem> items;  // in the order in which they came
    std::uint64_t touched = 0;
  };
  void forget_the_quietest();

  std::size_t items_per_user_, max_users_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> users_;
  std::uint64_t clock_ = 0;
};

}  // namespace p5
