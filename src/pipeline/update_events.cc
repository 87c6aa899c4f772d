#include "pipeline/update_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "online/live_histories.h"

namespace p5 {
namespace {

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

}  // namespace

float rating_of(const FeedbackEvent& event, const Corpus& corpus) {
  const bool rates = event.type == "rating" || event.type == "review";
  return rates && event.value && corpus.info().rating_scale ? static_cast<float>(*event.value) : kNoRating;
}

UpdateEventChooser::UpdateEventChooser(const Corpus& corpus, const CatalogChanges& changes, std::int64_t now_ms)
    : corpus_(&corpus), latest_ms_(now_ms + kDayMs) {
  for (const ItemChange& change : changes.items) {
    if (!corpus.catalog().find(change.item)) new_items_.insert(change.item);
  }
  forgotten_.insert(changes.forgotten_users.begin(), changes.forgotten_users.end());
}

std::string_view UpdateEventChooser::refusal_by_corpus(const FeedbackEvent& event) const {
  const auto user = corpus_->find_user(event.user);
  if (!user || forgotten_.contains(event.user)) return {};
  const Corpus::Range range = corpus_->range_of(*user);
  for (std::size_t i = range.begin; i < range.end; ++i) {
    if (corpus_->times()[i] == event.time_ms && corpus_->event(i) == event.type &&
        corpus_->catalog().key(corpus_->items()[i]) == event.item) {
      return kInCorpus;
    }
  }
  return range.size() > 0 && event.time_ms < corpus_->times()[range.end - 1] ? kTooEarly : std::string_view();
}

std::string_view UpdateEventChooser::refusal(const FeedbackEvent& event) {
  if (event.user.empty()) return "no user";
  if (event.item.empty()) return "no item";
  if (!event.id.empty() && !ids_.insert(event.id).second) return "twice";
  if (!LiveHistories::is_interest(event.type)) return "no sign of interest";
  if (event.time_ms <= 0) return "no time";
  if (event.time_ms > latest_ms_) return "in the future";
  if (!corpus_->catalog().find(event.item) && !new_items_.contains(event.item)) {
    ++events_.unknown_items;
    return kUnknownItem;
  }
  if (const float rating = rating_of(event, *corpus_); !std::isnan(rating)) {
    const RatingScale scale = corpus_->rating_scale();
    if (rating < scale.lowest() || rating > scale.highest()) return "a rating outside the scale";
  }
  return refusal_by_corpus(event);
}

void UpdateEventChooser::add(const FeedbackEvent& event) {
  ++events_.read;
  if (const std::string_view why = refusal(event); !why.empty()) {
    events_.problems.count(why, fmt::format("event '{}'", event.id),
                           fmt::format("{} of '{}' by '{}'", event.type, event.item, event.user));
    return;
  }
  events_.used.push_back(event);
}

UpdateEvents UpdateEventChooser::finish() {
  std::ranges::stable_sort(events_.used, {}, &FeedbackEvent::time_ms);
  std::unordered_set<std::string_view> users;
  for (const FeedbackEvent& event : events_.used) {
    if (users.insert(event.user).second && !corpus_->find_user(event.user)) ++events_.new_users;
  }
  events_.users = users.size();
  if (!events_.used.empty()) {
    events_.first_ms = events_.used.front().time_ms;
    events_.last_ms = events_.used.back().time_ms;
  }
  return std::exchange(events_, {});
}

}  // namespace p5
