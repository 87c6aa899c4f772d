// A NextTokenScorer without a model: the log-probabilities are a fixed function of source and sequence.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "base/rng.h"
#include "decode/next_token_scorer.h"

namespace p5::test {

// `logit(source, tokens so far, token)` decides; probabilities are normalised over the allowed tokens of a row, or over
// all `vocabulary` tokens. It follows parents exactly as a model with a cache must, and counts its calls and rows.
class TableScorer final : public NextTokenScorer {
 public:
  using Tokens = std::vector<TokenId>;
  using Logit = std::function<double(std::int32_t, const Tokens&, TokenId)>;

  TableScorer(std::int32_t sources, TokenId vocabulary, Logit logit)
      : sources_(sources), vocabulary_(vocabulary), logit_(std::move(logit)) {}
  // A random table, the same for a seed, in whatever order it is asked. `first` is the number of the first source, so
  // that a batch can be asked for piece by piece.
  static TableScorer random(std::uint64_t seed, std::int32_t sources, TokenId vocabulary, std::int32_t first = 0) {
    return {sources, vocabulary, [=](std::int32_t source, const Tokens& tokens, TokenId token) {
              std::string name = std::to_string(source + first);
              for (const TokenId before : tokens) name += " " + std::to_string(before);
              return 2.0 * Rng(seed, name + " > " + std::to_string(token)).normal();
            }};
  }

  std::int32_t source_count() const override { return sources_; }
  std::int64_t calls() const { return calls_; }
  std::int64_t rows() const { return rows_; }

  // Continuations of one sequence, best first; `allowed` empty means all tokens.
  std::vector<Continuation> continuations(std::int32_t source, const Tokens& tokens, Tokens allowed) const {
    if (allowed.empty()) {
      allowed.resize(static_cast<std::size_t>(vocabulary_));
      std::iota(allowed.begin(), allowed.end(), TokenId{0});
    }
    std::vector<Continuation> values;
    double total = 0.0;
    for (const TokenId token : allowed) total += std::exp(logit_(source, tokens, token));
    for (const TokenId token : allowed) {
      values.push_back({token, static_cast<float>(logit_(source, tokens, token) - std::log(total))});
    }
    std::stable_sort(values.begin(), values.end(),
                     [](const auto& a, const auto& b) { return a.log_probability > b.log_probability; });
    return values;
  }

  void score(const ScoreRequest& request, ScoreResult& result) override {
    std::vector<Tokens> sequences;
    result.offsets.assign(1, 0);
    result.values.clear();
    for (std::size_t row = 0; row < request.source.size(); ++row) {
      Tokens tokens;
      if (!request.parent.empty()) {
        tokens = sequences_.at(static_cast<std::size_t>(request.parent[row]));
        tokens.push_back(request.last_token[row]);
      }
      Tokens allowed;
      if (!request.allowed_offsets.empty()) {
        allowed.assign(request.allowed.begin() + request.allowed_offsets[row],
                       request.allowed.begin() + request.allowed_offsets[row + 1]);
      }
      std::vector<Continuation> values = continuations(request.source[row], tokens, allowed);
      values.resize(std::min(values.size(), static_cast<std::size_t>(request.top)));
      result.values.insert(result.values.end(), values.begin(), values.end());
      result.offsets.push_back(static_cast<std::uint32_t>(result.values.size()));
      sequences.push_back(std::move(tokens));
    }
    sequences_ = std::move(sequences);
    ++calls_;
    rows_ += static_cast<std::int64_t>(request.source.size());
  }

 private:
  std::int32_t sources_;
  TokenId vocabulary_;
  Logit logit_;
  std::vector<Tokens> sequences_;  // of the rows of the step before
  std::int64_t calls_ = 0, rows_ = 0;
};

}  // namespace p5::test
