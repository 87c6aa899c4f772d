// Scorers over one engine that share a workspace as long as they follow each other, so that a search allocates little
// and its steps nothing. Not thread-safe; torch-free.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "t5/engine_scorer.h"

namespace p5 {

class EngineSearch {
 public:
  // `threads` 0 uses all of the machine.
  EngineSearch(std::shared_ptr<const T5Engine> engine, std::int64_t threads)
      : engine_(std::move(engine)), threads_(threads) {}

  const T5Engine& engine() const { return *engine_; }
  // Over the same engine, with its own workspace.
  EngineSearch replica() const { return {engine_, threads_}; }
  // Scorers may overlap: one started while another is alive gets its own workspace.
  std::unique_ptr<NextTokenScorer> start(const TokenBatch& sources);

 private:
  std::shared_ptr<const T5Engine> engine_;
  std::int64_t threads_;
  std::shared_ptr<EngineWorkspace> workspace_;
};

}  // namespace p5
