#include "pipeline/run_policy.h"

#include <algorithm>
#include <utility>

#include "base/interrupt.h"
#include "p5/error.h"

namespace p5 {
namespace {

// Of places that are weighed alone, as the run's own list has them.
std::vector<double> alone(const LoggedDecision& decision, std::span<const Recommendation> own) {
  std::vector<double> target;
  for (std::size_t i = 0; i < decision.shown.size(); ++i) {
    const std::size_t place = decision.first_place + i;
    const bool drawn = std::ranges::any_of(own, [](const Recommendation& item) { return item.propensity < 1; });
    if (drawn && place > 0) {
      throw usage_error(
          "the log has the probabilities of single places, which a run that draws its lists has not",
          {.where = "request.explore", .expected = "an order that draws nothing", .got = "an order drawn"});
    }
    target.push_back(place < own.size() && own[place].item == decision.shown[i].item ? own[place].propensity : 0);
  }
  return target;
}

}  // namespace

std::vector<std::string> RunPolicy::known(const std::vector<std::string>& items) const {
  std::vector<std::string> all;
  for (const std::string& item : items) {
    if (recommender_->has_item(item)) all.push_back(item);
  }
  return all;
}

// A user whom the corpus has, where it says of the history what the log says up to then; else the history alone, as
// the corpus may know what came later.
void RunPolicy::give_history(const LoggedDecision& decision, RecommendRequest& request) {
  const std::vector<std::string>& logged = decision.history;
  if (!decision.user.empty() && recommender_->has_user(decision.user)) {
    const auto [kept, is_new] = histories_.try_emplace(decision.user);
    std::vector<std::string>& own = kept->second;
    if (is_new) {
      for (const ItemName& item : recommender_->history_of({.user = decision.user})) own.push_back(item.item);
    }
    const bool goes_on = own.size() <= logged.size() && std::equal(own.begin(), own.end(), logged.begin());
    if (goes_on || logged.empty()) {
      request.user = decision.user;
      if (goes_on) request.later.assign(logged.begin() + static_cast<std::ptrdiff_t>(own.size()), logged.end());
      return;
    }
  }
  request.history = logged;
  if (logged.empty()) request.history.emplace_back();  // nobody: an item that no catalogue has
}

RecommendRequest RunPolicy::request_of(const LoggedDecision& decision) {
  RecommendRequest request = each_;
  give_history(decision, request);
  request.candidates = known(decision.eligible);
  request.exclude = known(decision.exclude);
  request.available = decision.available;
  request.where = decision.where;
  request.keep_seen = decision.keep_seen;
  request.k = std::max(decision.k, static_cast<std::int64_t>(decision.first_place + decision.shown.size()));
  request.draw = decision.id;
  request.because = false;
  return request;
}

std::vector<PolicyView> RunPolicy::look(std::span<const LoggedDecision> decisions) {
  stop_if_requested(stop_, "stopped before the whole log was judged");
  std::vector<RecommendRequest> requests;
  std::vector<std::vector<std::string>> lists;
  for (const LoggedDecision& decision : decisions) {
    requests.push_back(request_of(decision));
    std::vector<std::string>& list = lists.emplace_back();
    for (const ShownItem& shown : decision.shown) list.push_back(shown.item);
  }
  const auto own = recommender_->recommend(requests);
  const auto given_above = recommender_->propensities(requests, lists);
  std::vector<PolicyView> views;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    const LoggedDecision& decision = decisions[i];
    PolicyView& view = views.emplace_back();
    view.target = decision.kind == PropensityKind::kGivenAbove ? given_above[i] : alone(decision, own[i]);
    for (std::size_t at = 0; at < decision.shown.size(); ++at) {
      const std::size_t place = decision.first_place + at;
      view.own.emplace_back();
      if (place < own[i].size()) view.own.back().push_back({.item = own[i][place].item});
    }
  }
  return views;
}

}  // namespace p5
