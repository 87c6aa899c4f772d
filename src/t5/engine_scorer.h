// NextTokenScorer over a T5Engine: torch-free, on the CPU. Not thread-safe. Successive scorers of a model share one
// workspace, so that only one at a time works without memory of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "decode/next_token_scorer.h"
#include "t5/next_token_ranker.h"
#include "t5/step_decoder.h"
#include "t5/t5_engine.h"

namespace p5 {

// What the scorers of one model use one after the other. Its memory only grows: a search similar to a previous one
// allocates nothing in its steps.
struct EngineWorkspace {
  explicit EngineWorkspace(std::int64_t threads) : decoder(threads) {}
  StepDecoder decoder;
  NextTokenRanker ranker;
  // The order of the last request's rows by source.
  std::vector<std::int32_t> source_of_row;                 // in request order
  std::vector<std::int32_t> place, place_before;           // of each row; of those of the previous request
  std::vector<std::int32_t> row_at, source_at, parent_at;  // by that index
  std::vector<TokenId> token_at;
};

class EngineScorer final : public NextTokenScorer {
 public:
  // Throws InvalidArgument (request) for a batch that the model cannot read.
  EngineScorer(std::shared_ptr<const T5Engine> engine, std::shared_ptr<EngineWorkspace> workspace,
               const TokenBatch& sources);

  std::int32_t source_count() const override { return workspace_->decoder.source_count(); }
  // A request without parents starts a new search. Rows of a source need not be neighbors, and sources may drop out.
  // Throws Internal for a request that breaks the contract of ScoreRequest, Corrupted (model) for NaN.
  void score(const ScoreRequest& request, ScoreResult& result) override;

 private:
  void lay_out(const ScoreRequest& request);

  std::shared_ptr<const T5Engine> engine_;
  std::shared_ptr<EngineWorkspace> workspace_;
};

}  // namespace p5
