#include "model/score_request_check.h"

#include <algorithm>
#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw Error(ErrorCode::kInternal, ErrorSubject::kModel, std::string("bad score request: ") + what);
}

}  // namespace

void check_score_request(const ScoreRequest& request, const ScorerState& state) {
  const std::size_t rows = request.source.size();
  const bool first = request.parent.empty();
  require(first || request.parent.size() == rows, "as many parents as rows");
  require(request.last_token.size() == (first ? 0 : rows), "a last token for each row, but none at the first step");
  for (std::size_t row = 0; row < rows; ++row) {
    require(request.source[row] >= 0 && request.source[row] < state.sources, "sources that exist");
    if (first) continue;
    const std::int32_t parent = request.parent[row];
    require(parent >= 0 && static_cast<std::size_t>(parent) < state.source_of_row.size(), "parents that exist");
    require(state.source_of_row[static_cast<std::size_t>(parent)] == request.source[row], "parents of the same source");
    require(request.last_token[row] >= 0 && request.last_token[row] < state.vocab, "tokens of the vocabulary");
  }
  const auto known = request.known_offsets;
  require(known.empty() ? request.known.empty()
                        : known.size() == rows + 1 && known.front() == 0 && known.back() == request.known.size() &&
                              std::is_sorted(known.begin(), known.end()),
          "offsets that cover the known tokens");
  for (const KnownToken& token : request.known) {
    require(token.token >= 0 && token.token < state.vocab, "known tokens of the vocabulary");
  }
  const auto offsets = request.allowed_offsets;
  if (offsets.empty()) return require(request.allowed.empty(), "offsets for allowed tokens");
  require(offsets.size() == rows + 1 && offsets.front() == 0 && offsets.back() == request.allowed.size() &&
              std::is_sorted(offsets.begin(), offsets.end()),
          "offsets that cover the allowed tokens");
  for (const TokenId token : request.allowed) {
    require(token >= 0 && token < state.vocab, "allowed tokens of the vocabulary");
  }
}

}  // namespace p5
