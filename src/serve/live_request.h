// A request as it is asked of a model, whichever protocol it came by: with what its user did since the corpus of the
// model was made. Users of the corpus go on from what it has of them; of users whom it does not know, what they did
// since is all. Items that the model does not know are left out. Thread-safe: free functions.
#pragma once

#include <span>
#include <vector>

#include "online/live_histories.h"
#include "serve/served_model.h"
#include "serve/server_metrics.h"

namespace p5 {

void add_live_history(RecommendRequest& request, const ServedModel& model, const LiveHistories& histories);
// With the stars of ratings; those that the scale of the run does not have are left out.
void add_live_history(PredictRequest& request, const ServedModel& model, const LiveHistories& histories);
void add_live_history(ExplainRequest& request, const ServedModel& model, const LiveHistories& histories);
void add_live_history(TryRequest& request, const ServedModel& model, const LiveHistories& histories);
// A review says all itself: of a user whom the corpus does not know it is one of somebody new.
void add_live_history(ReviewRequest& request, const ServedModel& model, const LiveHistories& histories);
// Counts the requests of whose users nothing is known, in protocols whose answers cannot say so.
void count_fallbacks(std::span<const RecommendRequest> requests, const Recommender& recommender,
                     ServerMetrics& metrics);

}  // namespace p5
