#include "recommend/star_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "decode/beam_search.h"
#include "prompt/prompt_renderer.h"

namespace p5 {
namespace {

// Answers in tenths of stars: 10, 20, ... 50, or every tenth.
std::vector<int> tenths_of_answers(bool bands) {
  std::vector<int> tenths;
  for (int value = 10; value <= 50; value += bands ? 1 : 10) tenths.push_back(value);
  return tenths;
}

std::vector<int> stars_of_answers(bool bands) {
  std::vector<int> stars;
  for (const int tenths : tenths_of_answers(bands)) stars.push_back(star_of(tenths / 10.0));
  return stars;
}

ItemIndex answer_paths(const Tokenizer& tokenizer, bool bands) {
  std::vector<std::vector<TokenId>> paths;
  std::vector<std::string> names;
  for (const int tenths : tenths_of_answers(bands)) {
    names.push_back(bands ? fmt::format("{}.{}", tenths / 10, tenths % 10) : std::to_string(tenths / 10));
    tokenizer.encode(names.back(), paths.emplace_back());
  }
  return ItemIndex("stars", std::move(paths), std::move(names));
}

StarDistribution distribution_of(const std::vector<Hypothesis>& hypotheses, const ItemTrie& trie,
                                 const std::vector<int>& star_of_answer) {
  StarDistribution distribution{};
  double total = 0;
  for (const Hypothesis& hypothesis : hypotheses) {
    const ItemId answer = trie.item(hypothesis.state);
    if (answer >= star_of_answer.size()) continue;
    const double probability = std::exp(static_cast<double>(hypothesis.score));
    distribution[static_cast<std::size_t>(star_of_answer[answer] - 1)] += probability;
    total += probability;
  }
  for (double& probability : distribution) probability = total > 0 ? probability / total : 0.2;
  return distribution;
}

}  // namespace

StarPredictor::StarPredictor(SequenceModel& model, const QuestionWriter& writer, std::string prompt_id)
    : model_(&model),
      writer_(&writer),
      prompt_id_(std::move(prompt_id)),
      star_of_answer_(stars_of_answers(writer.answers_with_bands(prompt_id_))),
      answers_(answer_paths(writer.tokenizer().vocabulary().tokenizer(), writer.answers_with_bands(prompt_id_))),
      trie_(answers_) {}

std::vector<StarDistribution> StarPredictor::predict(std::span<const std::pair<UserId, ItemId>> pairs) const {
  std::vector<TokenRow> rows;
  for (const auto& [user, item] : pairs) rows.push_back(writer_->row({.user = user, .item = item}, prompt_id_));
  const TrieConstraint constraint(trie_);
  const std::vector<const TokenConstraint*> constraints(rows.size(), &constraint);
  const auto scorer = model_->start(pad_rows(rows));
  const auto found = beam_search(
      *scorer, constraints,
      {.beams = static_cast<std::int32_t>(answers_.size()), .max_length = static_cast<std::int32_t>(trie_.depth())});
  std::vector<StarDistribution> distributions;
  for (const auto& hypotheses : found) distributions.push_back(distribution_of(hypotheses, trie_, star_of_answer_));
  return distributions;
}

double stars_of(const StarDistribution& distribution, AnswerOptions::Stars rule) {
  if (rule == AnswerOptions::Stars::kMode) {
    return 1.0 + static_cast<double>(std::max_element(distribution.begin(), distribution.end()) - distribution.begin());
  }
  double mean = 0, below = 0;
  for (std::size_t i = 0; i < distribution.size(); ++i) {
    mean += (static_cast<double>(i) + 1) * distribution[i];
    below += distribution[i];
    if (rule == AnswerOptions::Stars::kMedian && below >= 0.5) return static_cast<double>(i) + 1;
  }
  return rule == AnswerOptions::Stars::kMean ? mean : 5.0;
}

}  // namespace p5
