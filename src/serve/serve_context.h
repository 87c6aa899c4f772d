// What all handlers of a daemon share. Its members are thread-safe.
#pragma once

#include "online/feedback_follower.h"
#include "online/feedback_writer.h"
#include "online/live_catalog.h"
#include "online/live_evaluation.h"
#include "online/live_histories.h"
#include "serve/answer_log.h"
#include "serve/batch_queue.h"
#include "serve/model_registry.h"
#include "serve/serve_options.h"
#include "serve/server_metrics.h"

namespace p5 {

struct ServeContext {
  const ServeOptions& options;
  ModelRegistry& registry;
  BatchQueue& queue;
  ServerMetrics& metrics;
  LiveHistories& histories;
  AnswerLog& answers;
  FeedbackWriter* feedback = nullptr;    // null: none is kept
  FeedbackFollower* follower = nullptr;  // likewise
  LiveCatalog* catalog = nullptr;        // likewise
  LiveEvaluation* live = nullptr;        // likewise
};

}  // namespace p5
