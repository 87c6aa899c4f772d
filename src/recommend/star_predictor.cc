#include "recommend/star_predictor.h"

#include <algorithm>
#include <cmath>

#include "decode/beam_search.h"

namespace p5 {
namespace {

ItemIndex star_paths(const Tokenizer& tokenizer) {
  std::vector<std::vector<TokenId>> paths;
  std::vector<std::string> names;
  for (int star = 1; star <= 5; ++star) {
    names.push_back(std::to_string(star));
    tokenizer.encode(names.back(), paths.emplace_back());
  }
  return ItemIndex("stars", std::move(paths), std::move(names));
}

StarDistribution distribution_of(const std::vector<Hypothesis>& hypotheses, const ItemTrie& trie) {
  StarDistribution distribution{};
  double total = 0;
  for (const Hypothesis& hypothesis : hypotheses) {
    const ItemId star = trie.item(hypothesis.state);
    if (star >= distribution.size()) continue;
    distribution[star] = std::exp(static_cast<double>(hypothesis.score));
    total += distribution[star];
  }
  for (double& probability : distribution) probability = total > 0 ? probability / total : 0.2;
  return distribution;
}

}  // namespace

StarPredictor::StarPredictor(SequenceModel& model, const QuestionWriter& writer, std::string prompt_id)
    : model_(&model),
      writer_(&writer),
      prompt_id_(std::move(prompt_id)),
      stars_(star_paths(writer.tokenizer().vocabulary().tokenizer())),
      trie_(stars_) {}

std::vector<StarDistribution> StarPredictor::predict(std::span<const std::pair<UserId, ItemId>> pairs) const {
  std::vector<TokenRow> rows;
  for (const auto& [user, item] : pairs) rows.push_back(writer_->row({.user = user, .item = item}, prompt_id_));
  const TrieConstraint constraint(trie_);
  const std::vector<const TokenConstraint*> constraints(rows.size(), &constraint);
  const auto scorer = model_->start(pad_rows(rows));
  const auto found =
      beam_search(*scorer, constraints, {.beams = 5, .max_length = static_cast<std::int32_t>(trie_.depth())});
  std::vector<StarDistribution> distributions;
  for (const auto& hypotheses : found) distributions.push_back(distribution_of(hypotheses, trie_));
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
