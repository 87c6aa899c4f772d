#include "serve/live_request.h"

#include <string>
#include <utility>

#include "serve/corpus_json.h"

namespace p5 {

void add_live_history(RecommendRequest& request, const ServedModel& model, const LiveHistories& histories) {
  if (request.user.empty()) return;
  std::vector<std::string> live = histories.of(request.user, last_time_of(model.catalog()->corpus(), request.user));
  std::erase_if(live, [&](const std::string& item) { return !model.recommender().has_item(item); });
  if (live.empty()) return;
  if (model.recommender().has_user(request.user)) {
    request.later = std::move(live);
  } else {
    request.user.clear();
    request.history = std::move(live);
  }
}

}  // namespace p5
