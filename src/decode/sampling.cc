#include "decode/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "base/rng.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::int32_t kMaxTopK = 1000;

void check(const SamplingOptions& options) {
  const auto refuse = [](const char* name, std::string expected, std::string got) {
    throw usage_error("sampling option out of range", {name, std::move(expected), std::move(got)});
  };
  if (!(options.temperature >= 0.0 && std::isfinite(options.temperature))) {
    refuse("temperature", "0 or more", fmt::format("{}", options.temperature));
  }
  if (options.top_k < 1 || options.top_k > kMaxTopK) {
    refuse("top_k", fmt::format("1 to {}", kMaxTopK), std::to_string(options.top_k));
  }
  if (!(options.top_p > 0.0 && options.top_p <= 1.0)) {
    refuse("top_p", "above 0, at most 1", fmt::format("{}", options.top_p));
  }
  if (options.draws < 1) refuse("draws", "1 or more", std::to_string(options.draws));
  if (options.max_length < 1) refuse("max_length", "1 or more", std::to_string(options.max_length));
  check_rules(options.rules);
}

// Samples one of `choices` (best first, not empty). `weights` is scratch.
const Continuation& draw(std::span<const Continuation> choices, const SamplingOptions& options, Rng& rng,
                         std::vector<double>& weights) {
  if (std::isnan(choices.front().log_probability)) {
    throw model_error("the model's probabilities are not numbers", {"sampling", "", "NaN"});
  }
  if (options.temperature == 0.0 || choices.size() == 1) return choices.front();
  weights.clear();
  double total = 0.0;
  for (const Continuation& choice : choices) {
    const double below_best = choice.log_probability - choices.front().log_probability;
    weights.push_back(below_best == 0.0 ? 1.0 : std::exp(below_best / options.temperature));
    total += weights.back();
  }
  double nucleus = 0.0;
  std::size_t count = 0;
  while (count < weights.size() && nucleus < options.top_p * total) nucleus += weights[count++];
  double left = rng.uniform() * nucleus;
  for (std::size_t i = 0; i < count; ++i) {
    if ((left -= weights[i]) < 0.0) return choices[i];
  }
  return choices.front();
}

}  // namespace

std::vector<Hypothesis> sample_text(NextTokenScorer& scorer, const SamplingOptions& options) {
  check(options);
  const std::int32_t count = scorer.source_count() * options.draws;
  std::vector<Hypothesis> texts(static_cast<std::size_t>(count));
  std::vector<Rng> streams;
  // Of each unfinished text: its number, its source, its row in the previous step, its last token.
  std::vector<std::int32_t> writing, rows, parents, next_writing, next_rows, next_parents;
  std::vector<TokenId> last, next_last;
  for (std::int32_t text = 0; text < count; ++text) {
    streams.emplace_back(options.seed, fmt::format("sampling-{}", text));
    writing.push_back(text);
    rows.push_back(text / options.draws);
  }
  ScoreResult result;
  std::vector<Continuation> choices;
  std::vector<double> weights;
  const std::int32_t top = options.temperature == 0.0 ? 1 : options.top_k;
  for (std::int32_t length = 1; length <= options.max_length && !rows.empty(); ++length) {
    scorer.score({.source = rows,
                  .parent = parents,
                  .last_token = last,
                  .allowed_offsets = {},
                  .allowed = {},
                  .top = top + options.rules.lowered(length - 1)},
                 result);
    for (auto* column : {&next_writing, &next_rows, &next_parents, &next_last}) column->clear();
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto index = static_cast<std::size_t>(writing[row]);
      Hypothesis& text = texts[index];
      choices.assign(result.values.begin() + result.offsets[row], result.values.begin() + result.offsets[row + 1]);
      if (!options.rules.change_nothing()) apply_rules(options.rules, text.tokens, choices);
      choices.resize(std::min(choices.size(), static_cast<std::size_t>(top)));
      if (choices.empty()) continue;
      const Continuation& chosen = draw(choices, options, streams[index], weights);
      text.score += chosen.log_probability;
      text.finished = chosen.token == kEndToken;
      if (text.finished) continue;
      text.tokens.push_back(chosen.token);
      next_writing.push_back(writing[row]);
      next_rows.push_back(rows[row]);
      next_parents.push_back(static_cast<std::int32_t>(row));
      next_last.push_back(chosen.token);
    }
    writing.swap(next_writing);
    rows.swap(next_rows);
    parents.swap(next_parents);
    last.swap(next_last);
  }
  return texts;
}

std::vector<Hypothesis> greedy(NextTokenScorer& scorer, std::int32_t max_length) {
  return sample_text(scorer, {.temperature = 0.0, .max_length = max_length});
}

}  // namespace p5
