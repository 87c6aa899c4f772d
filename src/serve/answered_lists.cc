#include "serve/answered_lists.h"

#include <utility>
#include <vector>

#include "base/unix_time.h"

namespace p5 {

void note_list(const ServeContext& context, const ServedModel& model, AnswerLog::Answer answer,
               const RecommendRequest& asked, Recommender& recommender, std::span<const Recommendation> items) {
  if (!context.answers.is_on() && context.live == nullptr) return;
  answer.model = model.name();
  answer.version = model.version();
  const std::vector<ItemName> history = recommender.history_of(asked);
  if (context.answers.is_on()) context.answers.write(answer, asked, history, items);
  if (context.live == nullptr) return;
  std::vector<LiveEvaluation::ShownItem> shown;
  for (const Recommendation& item : items) shown.push_back({item.item, item.share});
  context.live->answered({.request_id = answer.id,
                          .model = answer.model,
                          .version = answer.version,
                          .time_ms = unix_time_ms(),
                          .history = history.size()},
                         shown);
}

}  // namespace p5
