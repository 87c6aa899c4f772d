// What is noted of each list that was answered, by any protocol: a line of the answer log, and a list of the live
// evaluation. Thread-safe: a free function.
#pragma once

#include <span>
#include <string>

#include "p5/recommender.h"
#include "serve/serve_context.h"
#include "serve/served_model.h"

namespace p5 {

// `request_id` names the list for feedback, `user` is as the client named it; `asked` is the request as the model
// answered it.
void note_list(const ServeContext& context, const ServedModel& model, AnswerLog::Answer answer,
               const RecommendRequest& asked, Recommender& recommender, std::span<const Recommendation> items);

}  // namespace p5
