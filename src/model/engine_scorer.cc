#include "model/engine_scorer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "model/score_request_check.h"
#include "model/token_batch_check.h"

namespace p5 {

EngineScorer::EngineScorer(std::shared_ptr<const T5Engine> engine, std::shared_ptr<EngineWorkspace> workspace,
                           const TokenBatch& sources)
    : engine_(std::move(engine)), workspace_(std::move(workspace)) {
  check_sources(sources, engine_->spec());
  workspace_->decoder.begin(*engine_, sources);
}

// Rows by source, and within a source as they came.
void EngineScorer::lay_out(const ScoreRequest& request) {
  const std::size_t rows = request.source.size();
  place_before_.swap(place_);
  place_.resize(rows);
  row_at_.resize(rows);
  std::iota(row_at_.begin(), row_at_.end(), 0);
  const auto source_of = [&](std::int32_t row) { return request.source[static_cast<std::size_t>(row)]; };
  if (!std::ranges::is_sorted(request.source)) {
    std::ranges::sort(row_at_, [&](std::int32_t a, std::int32_t b) {
      return std::pair(source_of(a), a) < std::pair(source_of(b), b);
    });
  }
  source_at_.resize(rows);
  token_at_.assign(rows, kPadToken);  // the start token
  parent_at_.resize(request.parent.empty() ? 0 : rows);
  for (std::size_t place = 0; place < rows; ++place) {
    const auto row = static_cast<std::size_t>(row_at_[place]);
    place_[row] = static_cast<std::int32_t>(place);
    source_at_[place] = request.source[row];
    if (request.parent.empty()) continue;
    token_at_[place] = request.last_token[row];
    parent_at_[place] = place_before_[static_cast<std::size_t>(request.parent[row])];
  }
}

void EngineScorer::score(const ScoreRequest& request, ScoreResult& result) {
  check_score_request(request, {.sources = source_count(),
                                .vocab = static_cast<TokenId>(engine_->spec().vocab_size),
                                .source_of_row = source_of_row_});
  source_of_row_.assign(request.source.begin(), request.source.end());
  lay_out(request);
  const float* states = workspace_->decoder.step({.source = source_at_, .parent = parent_at_, .token = token_at_});
  workspace_->ranker.rank(*engine_, {states, place_}, request, result, workspace_->decoder.pool());
}

}  // namespace p5
