#include "recommend/answer_chooser.h"

#include <cmath>

#include "decode/beam_search.h"

namespace p5 {
namespace {

ItemIndex answer_paths(const Tokenizer& tokenizer, const std::vector<std::string>& answers) {
  std::vector<std::vector<TokenId>> paths;
  for (const std::string& answer : answers) tokenizer.encode(answer, paths.emplace_back());
  return ItemIndex("answers", std::move(paths), answers);
}

}  // namespace

AnswerChooser::AnswerChooser(SequenceModel& model, const Tokenizer& tokenizer, const std::vector<std::string>& answers)
    : model_(&ability_of<TextGenerator>(model)), answers_(answer_paths(tokenizer, answers)), trie_(answers_) {}

std::vector<std::vector<double>> AnswerChooser::ask(const std::vector<TokenRow>& rows) const {
  const TrieConstraint constraint(trie_);
  const std::vector<const TokenConstraint*> constraints(rows.size(), &constraint);
  const auto scorer = model_->start(pad_rows(rows));
  const auto found = beam_search(
      *scorer, constraints,
      {.beams = static_cast<std::int32_t>(answers_.size()), .max_length = static_cast<std::int32_t>(trie_.depth())});
  std::vector<std::vector<double>> probabilities;
  for (const auto& hypotheses : found) {
    auto& row = probabilities.emplace_back(answers_.size(), 0.0);
    double total = 0;
    for (const Hypothesis& hypothesis : hypotheses) {
      const ItemId answer = trie_.item(hypothesis.state);
      if (answer >= row.size()) continue;
      row[answer] = std::exp(static_cast<double>(hypothesis.score));
      total += row[answer];
    }
    for (double& value : row) value = total > 0 ? value / total : 1.0 / static_cast<double>(row.size());
  }
  return probabilities;
}

}  // namespace p5
