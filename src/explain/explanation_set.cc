#include "explain/explanation_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "explain/explanation_miner.h"
#include "explain/explanation_reader.h"
#include "p5/error.h"

namespace p5 {

ExplanationSet::ExplanationSet(std::vector<Explanation> explanations) : explanations_(std::move(explanations)) {
  const auto by_interaction = [](const Explanation& a, const Explanation& b) { return a.interaction < b.interaction; };
  std::stable_sort(explanations_.begin(), explanations_.end(), by_interaction);
  const auto same = [](const Explanation& a, const Explanation& b) { return a.interaction == b.interaction; };
  explanations_.erase(std::unique(explanations_.begin(), explanations_.end(), same), explanations_.end());
}

const Explanation* ExplanationSet::find(std::size_t interaction) const {
  const auto found = std::lower_bound(explanations_.begin(), explanations_.end(), interaction,
                                      [](const Explanation& e, std::size_t at) { return e.interaction < at; });
  return found != explanations_.end() && found->interaction == interaction ? &*found : nullptr;
}

std::vector<std::string> ExplanationSet::features() const {
  std::vector<std::string> features;
  for (const Explanation& explanation : explanations_) features.push_back(explanation.feature);
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  return features;
}

std::shared_ptr<const ExplanationSet> make_explanations(const Split& reviews, const ExplainOptions& options) {
  if (options.file.empty()) {
    Lexicon lexicon = options.lexicon.empty() ? Lexicon::english() : Lexicon::load(options.lexicon);
    const ExplanationMiner miner(reviews, std::move(lexicon), options);
    return std::make_shared<const ExplanationSet>(miner.mine(reviews.corpus()));
  }
  ExplanationList list = read_explanations(options.file, reviews.corpus());
  if (list.explanations.empty()) {
    throw data_error("no explanation fits the corpus",
                     {.where = options.file,
                      .expected = "users and items of the corpus",
                      .got = fmt::format("{} bad lines, {} of other pairs", list.bad_lines, list.unknown_pairs)});
  }
  return std::make_shared<const ExplanationSet>(std::move(list.explanations));
}

}  // namespace p5
