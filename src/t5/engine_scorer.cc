#include "t5/engine_scorer.h"

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
  workspace_->source_of_row.clear();
  workspace_->decoder.begin(*engine_, sources);
}

// Rows by source, and within a source in request order.
void EngineScorer::lay_out(const ScoreRequest& request) {
  EngineWorkspace& space = *workspace_;
  const std::size_t rows = request.source.size();
  space.place_before.swap(space.place);
  space.place.resize(rows);
  space.row_at.resize(rows);
  std::iota(space.row_at.begin(), space.row_at.end(), 0);
  const auto source_of = [&](std::int32_t row) { return request.source[static_cast<std::size_t>(row)]; };
  if (!std::ranges::is_sorted(request.source)) {
    std::ranges::sort(space.row_at, [&](std::int32_t a, std::int32_t b) {
      return std::pair(source_of(a), a) < std::pair(source_of(b), b);
    });
  }
  space.source_at.resize(rows);
  space.token_at.assign(rows, kPadToken);  // the start token
  space.parent_at.resize(request.parent.empty() ? 0 : rows);
  for (std::size_t place = 0; place < rows; ++place) {
    const auto row = static_cast<std::size_t>(space.row_at[place]);
    space.place[row] = static_cast<std::int32_t>(place);
    space.source_at[place] = request.source[row];
    if (request.parent.empty()) continue;
    space.token_at[place] = request.last_token[row];
    space.parent_at[place] = space.place_before[static_cast<std::size_t>(request.parent[row])];
  }
}

void EngineScorer::score(const ScoreRequest& request, ScoreResult& result) {
  EngineWorkspace& space = *workspace_;
  check_score_request(request, {.sources = source_count(),
                                .vocab = static_cast<TokenId>(engine_->spec().vocab_size),
                                .source_of_row = space.source_of_row});
  space.source_of_row.assign(request.source.begin(), request.source.end());
  lay_out(request);
  const float* states =
      space.decoder.step({.source = space.source_at, .parent = space.parent_at, .token = space.token_at});
  space.ranker.rank(*engine_, {states, space.place}, request, result, space.decoder.pool());
}

}  // namespace p5
