// What a T5 has learnt about known tokens (text/token_batch.h): the logit of a token gets gate[depth] * feature, and,
// where the history holds it, repeat[depth][age]. Torch-free. A plain value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/next_token_scorer.h"
#include "text/token_batch.h"

namespace p5 {

// Deeper tokens use the weights of the last depth, which is that of answers in words; older ones have no repeat weight.
struct EvidenceShape {
  std::int64_t depths = 0, ages = 0;

  std::int64_t depth_of(const KnownToken& known) const { return std::min<std::int64_t>(known.depth, depths - 1); }
  // The place of a token's weight in `repeat` [depths, ages], or -1.
  std::int64_t repeat_of(const KnownToken& known) const {
    if (known.age < 0 || known.age >= ages) return -1;
    return depth_of(known) * ages + known.age;
  }
};

struct EvidenceWeights {
  EvidenceShape shape;
  std::vector<float> gate;    // [depths]; empty: a model without such weights
  std::vector<float> repeat;  // [depths, ages]

  // What the token's logit gets.
  float bias(const KnownToken& known) const {
    const std::int64_t place = shape.repeat_of(known);
    const float repeated = place < 0 ? 0.0f : repeat[static_cast<std::size_t>(place)];
    return gate[static_cast<std::size_t>(shape.depth_of(known))] * known.feature + repeated;
  }
  // What is known of the tokens of row `row` of a request; nothing for a model without weights.
  std::span<const KnownToken> known(const ScoreRequest& request, std::size_t row) const {
    if (gate.empty() || request.known_offsets.empty()) return {};
    return request.known.subspan(request.known_offsets[row],
                                 request.known_offsets[row + 1] - request.known_offsets[row]);
  }
};

// Calls add(place in `allowed`, known token) for the known tokens that are allowed. Both ascend. Where the row is not
// constrained, every token is allowed, and its place is the token itself.
template <class Add>
void for_each_allowed(std::span<const KnownToken> known, std::span<const TokenId> allowed, bool constrained,
                      const Add& add) {
  auto from = allowed.begin();
  for (const KnownToken& token : known) {
    if (!constrained) {
      add(static_cast<std::size_t>(token.token), token);
      continue;
    }
    from = std::lower_bound(from, allowed.end(), token.token);
    if (from == allowed.end()) return;
    if (*from == token.token) add(static_cast<std::size_t>(from - allowed.begin()), token);
  }
}

}  // namespace p5
