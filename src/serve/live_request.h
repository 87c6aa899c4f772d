// A request as it is asked of a model, whichever protocol it came by. Thread-safe: free functions.
#pragma once

#include <vector>

#include "online/live_histories.h"
#include "serve/served_model.h"

namespace p5 {

// Histories of users of the corpus go on with what they did since; users whom the corpus does not know have only that.
void add_live_history(RecommendRequest& request, const ServedModel& model, const LiveHistories& histories);

}  // namespace p5
