#include "t5/engine_search.h"

namespace p5 {

std::unique_ptr<NextTokenScorer> EngineSearch::start(const TokenBatch& sources) {
  if (workspace_ == nullptr || workspace_.use_count() > 1) workspace_ = std::make_shared<EngineWorkspace>(threads_);
  return std::make_unique<EngineScorer>(engine_, workspace_, sources);
}

}  // namespace p5
