#include "recommend/loaded_run.h"

#include <utility>

#include "decode/excluding_constraint.h"
#include "recommend/evidence_counts.h"

namespace p5 {

LoadedRun::LoadedRun(ModelBundle of_run, DataSplits of_corpus, std::int32_t whole_word_rows)
    : bundle(std::move(of_run)),
      data(std::move(of_corpus)),
      evidence(count_evidence(bundle.sources, data)),
      answers(evidence == nullptr ? nullptr
                                  : std::make_shared<const AnswerEvidence>(data.reviews, data.ranking, evidence)),
      writer(bundle, data, whole_word_rows, answers),
      trie(*bundle.index),
      items_below(count_items_below(trie)) {}

std::shared_ptr<const LoadedRun> LoadedRun::open(const std::filesystem::path& run, const RunOpening& opening) {
  const std::filesystem::path folder = ModelBundle::folder_of(run);
  ModelBundle bundle = ModelBundle::load(folder);
  bundle.change(opening.settings);
  DataSplits data =
      opening.other_catalog ? open_data(opening.corpus, bundle.split) : open_bundle_data(bundle, opening.corpus);
  const auto whole_word_rows = static_cast<std::int32_t>(bundle_model_spec(bundle, folder)->whole_word_rows);
  return std::make_shared<const LoadedRun>(std::move(bundle), std::move(data), whole_word_rows);
}

const std::shared_ptr<const ExplanationSet>& LoadedRun::explanations() const {
  std::call_once(explained_, [this] { explanations_ = make_explanations(*data.reviews, bundle.explain); });
  return explanations_;
}

}  // namespace p5
