#include "serve/live_request.h"

#include <string>
#include <utility>

#include "serve/corpus_json.h"

namespace p5 {
namespace {

std::vector<LiveItem> live_items(const std::string& user, const ServedModel& model, const LiveHistories& histories) {
  if (user.empty()) return {};
  std::vector<LiveItem> live = histories.of(user, last_time_of(model.catalog()->corpus(), user));
  std::erase_if(live, [&](const LiveItem& each) { return !model.recommender().has_item(each.item); });
  return live;
}

// Of any request that has a user, a history, and what came later.
template <typename Request, typename Item>
void add_items(Request& request, std::vector<Item> live, const ServedModel& model) {
  if (live.empty() || !request.history.empty()) return;  // both are refused later
  if (model.recommender().has_user(request.user)) {
    request.later = std::move(live);
  } else {
    request.user.clear();
    request.history = std::move(live);
  }
}

template <typename Request>
void add_keys(Request& request, const ServedModel& model, const LiveHistories& histories) {
  std::vector<std::string> keys;
  for (LiveItem& each : live_items(request.user, model, histories)) keys.push_back(std::move(each.item));
  add_items(request, std::move(keys), model);
}

}  // namespace

void add_live_history(RecommendRequest& request, const ServedModel& model, const LiveHistories& histories) {
  add_keys(request, model, histories);
}

void add_live_history(PredictRequest& request, const ServedModel& model, const LiveHistories& histories) {
  const RatingScale& scale = model.loaded_run().bundle.scale;
  std::vector<RatedItem> rated;
  for (LiveItem& each : live_items(request.user, model, histories)) {
    const bool fits = each.stars && *each.stars >= scale.lowest() && *each.stars <= scale.highest();
    rated.push_back({.item = std::move(each.item), .stars = fits ? each.stars : std::nullopt});
  }
  add_items(request, std::move(rated), model);
}

void add_live_history(ExplainRequest& request, const ServedModel& model, const LiveHistories& histories) {
  add_keys(request, model, histories);
}

void add_live_history(TryRequest& request, const ServedModel& model, const LiveHistories& histories) {
  add_keys(request, model, histories);
}

void add_live_history(ReviewRequest& request, const ServedModel& model, const LiveHistories& histories) {
  if (model.recommender().has_user(request.user)) return;
  if (!live_items(request.user, model, histories).empty()) request.user.clear();
}

void count_fallbacks(std::span<const RecommendRequest> requests, const Recommender& recommender,
                     ServerMetrics& metrics) {
  for (const RecommendRequest& request : requests) {
    const RequestNotes notes = recommender.notes(request);
    if (!notes.fallback.empty()) metrics.fell_back(notes.fallback);
  }
}

}  // namespace p5
