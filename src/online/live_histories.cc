#include "online/live_histories.h"

#include <algorithm>

namespace p5 {

bool LiveHistories::is_interest(std::string_view type) {
  return type != "impression" && type != "dislike" && type != "skip" && type != "hide";
}

void LiveHistories::add(std::span<const FeedbackEvent> events) {
  const std::lock_guard lock(mutex_);
  for (const FeedbackEvent& event : events) {
    if (!is_interest(event.type)) continue;
    Entry& entry = users_[event.user];
    entry.items.push_back(
        {.item = event.item, .time_ms = event.time_ms, .stars = event.type == "rating" ? event.value : std::nullopt});
    if (entry.items.size() > items_per_user_) entry.items.pop_front();
    entry.touched = ++clock_;
  }
  if (users_.size() > max_users_) forget_the_quietest();
}

void LiveHistories::forget(const std::string& user) {
  const std::lock_guard lock(mutex_);
  users_.erase(user);
}

// A tenth at once, so that the search for them is rare.
void LiveHistories::forget_the_quietest() {
  std::vector<std::uint64_t> touched;
  touched.reserve(users_.size());
  for (const auto& [user, entry] : users_) touched.push_back(entry.touched);
  const std::size_t leaving = users_.size() - max_users_ + max_users_ / 10;
  const auto limit = touched.begin() + static_cast<std::ptrdiff_t>(std::min(leaving, touched.size() - 1));
  std::ranges::nth_element(touched, limit);
  std::erase_if(users_, [oldest = *limit](const auto& user) { return user.second.touched < oldest; });
}

std::vector<LiveItem> LiveHistories::of(const std::string& user, std::int64_t after_ms) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(user);
  if (found == users_.end()) return {};
  std::vector<LiveItem> items;
  for (const LiveItem& each : found->second.items) {
    if (each.time_ms > after_ms) items.push_back(each);
  }
  return items;
}

std::size_t LiveHistories::users() const {
  const std::lock_guard lock(mutex_);
  return users_.size();
}

}  // namespace p5
