#include "t5/engine_scorer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "model/score_request_check.h"
#include "model/token_batch_check.h"
#include "t5/prompt_tokens.h"

namespace p5 {

EngineScorer::EngineScorer(std::shared_ptr<const T5Engine> engine, std::shared_ptr<EngineWorkspace> workspace,
                           const TokenBatch& sources)
    : engine_(std::move(engine)), workspace_(std::move(workspace)) {
  check_sources(sources, engine_->spec());
  workspace_->source_of_row.clear();
  if (has_prompt_tokens(engine_->spec())) {
    workspace_->decoder.begin(*engine_, with_prompt_tokens(sources, engine_->spec()));
  } else {
    workspace_->decoder.begin(*engine_, sources);
  }
}

// Rows by source, and within a source in request order.
void EngineScorer::lay_out(const ScoreRequest& request) {
  EngineWorkspace& workspace = *workspace_;
  const std::size_t rows = request.source.size();
  workspace.place_before.swap(workspace.place);
  workspace.place.resize(rows);
  workspace.row_at.resize(rows);
  std::iota(workspace.row_at.begin(), workspace.row_at.end(), 0);
  const auto source_of = [&](std::int32_t row) { return request.source[static_cast<std::size_t>(row)]; };
  if (!std::ranges::is_sorted(request.source)) {
    std::ranges::sort(workspace.row_at, [&](std::int32_t a, std::int32_t b) {
      return std::pair(source_of(a), a) < std::pair(source_of(b), b);
    });
  }
  workspace.source_at.resize(rows);
  workspace.token_at.assign(rows, kPadToken);  // the start token
  workspace.parent_at.resize(request.parent.empty() ? 0 : rows);
  for (std::size_t place = 0; place < rows; ++place) {
    const auto row = static_cast<std::size_t>(workspace.row_at[place]);
    workspace.place[row] = static_cast<std::int32_t>(place);
    workspace.source_at[place] = request.source[row];
    if (request.parent.empty()) continue;
    workspace.token_at[place] = request.last_token[row];
    workspace.parent_at[place] = workspace.place_before[static_cast<std::size_t>(request.parent[row])];
  }
}

void EngineScorer::score(const ScoreRequest& request, ScoreResult& result) {
  EngineWorkspace& workspace = *workspace_;
  check_score_request(request, {.sources = source_count(),
                                .vocab = static_cast<TokenId>(engine_->spec().vocab_size),
                                .source_of_row = workspace.source_of_row});
  workspace.source_of_row.assign(request.source.begin(), request.source.end());
  lay_out(request);
  const float* states = workspace.decoder.step(
      {.source = workspace.source_at, .parent = workspace.parent_at, .token = workspace.token_at});
  workspace.ranker.rank(*engine_, {states, workspace.place}, request, result, workspace.decoder.pool());
}

}  // namespace p5
