// The explanations of a corpus, at most one per interaction: the training targets and references of explanation
// prompts. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "corpus/split.h"
#include "explain/explain_options.h"
#include "explain/explanation.h"

namespace p5 {

class ExplanationSet {
 public:
  // Sorts by interaction; of several for one interaction, the first is kept.
  explicit ExplanationSet(std::vector<Explanation> explanations);

  std::span<const Explanation> all() const { return explanations_; }
  const Explanation* find(std::size_t interaction) const;  // null: none
  std::vector<std::string> features() const;               // each once, sorted

 private:
  std::vector<Explanation> explanations_;
};

// The list that options.file names, else what an ExplanationMiner finds. Throws as these do, and Corrupted (data) for a
// list without a line that fits the corpus.
std::shared_ptr<const ExplanationSet> make_explanations(const Split& reviews, const ExplainOptions& options);

}  // namespace p5
