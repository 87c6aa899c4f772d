#include "recommend/answer_chooser.h"

#include <cmath>
#include <deque>

#include "decode/beam_search.h"
#include "decode/evidence_constraint.h"

namespace p5 {

AnswerChooser::AnswerChooser(SequenceModel& model, const Tokenizer& tokenizer, const std::vector<std::string>& answers)
    : model_(&ability_of<TextGenerator>(model)), answers_(tokenizer, answers) {}

std::vector<std::vector<double>> AnswerChooser::ask(const std::vector<TokenRow>& rows) const {
  const ItemTrie& trie = answers_.trie();
  const std::size_t count = answers_.index().size();
  const TrieConstraint constraint(trie);
  std::deque<TrieEvidence> evidence;  // of rows about which something is known
  std::deque<EvidenceConstraint> with_evidence;
  std::vector<const TokenConstraint*> constraints(rows.size(), &constraint);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].answers.size() != count) continue;
    with_evidence.emplace_back(constraint, evidence.emplace_back(answers_.evidence(rows[i].answers)));
    constraints[i] = &with_evidence.back();
  }
  const auto scorer = model_->start(pad_rows(rows));
  const auto found =
      beam_search(*scorer, constraints,
                  {.beams = static_cast<std::int32_t>(count), .max_length = static_cast<std::int32_t>(trie.depth())});
  std::vector<std::vector<double>> probabilities;
  for (const auto& hypotheses : found) {
    auto& row = probabilities.emplace_back(count, 0.0);
    double total = 0;
    for (const Hypothesis& hypothesis : hypotheses) {
      const ItemId answer = trie.item(hypothesis.state);
      if (answer >= row.size()) continue;
      row[answer] = std::exp(static_cast<double>(hypothesis.score));
      total += row[answer];
    }
    for (double& value : row) value = total > 0 ? value / total : 1.0 / static_cast<double>(row.size());
  }
  return probabilities;
}

}  // namespace p5
