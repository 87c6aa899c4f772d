#include "recommend/loaded_run.h"

#include <utility>

#include "decode/excluding_constraint.h"
#include "retrieval/item_knn_source.h"
#include "retrieval/ridge_source.h"
#include "retrieval/user_knn_source.h"

namespace p5 {

namespace {

std::shared_ptr<const NeighborEvidence> make_evidence(const SavedOptions& options, const DataSplits& data) {
  const SourceOptions& sources = options.sources;
  const std::string& name = sources.evidence.source;
  std::shared_ptr<CountingSource> counts;
  if (name == "item-knn") counts = std::make_shared<ItemKnnSource>(*data.ranking, sources.knn);
  if (name == "user-knn") counts = std::make_shared<UserKnnSource>(*data.ranking, sources.user_knn);
  if (name == "ridge") {
    counts = std::make_shared<RidgeSource>("ridge", *data.ranking, sources.ridge, LeaveOneOut::kYes);
  }
  if (counts == nullptr) return nullptr;  // off
  if (!counts->leaves_one_out()) counts->remember_users(data.ranking);
  return std::make_shared<const NeighborEvidence>(std::move(counts), options.sources.evidence,
                                                  repeats_happen(*data.ranking));
}

}  // namespace

LoadedRun::LoadedRun(ModelBundle of_run, DataSplits of_corpus, std::int32_t whole_word_rows)
    : bundle(std::move(of_run)),
      data(std::move(of_corpus)),
      evidence(make_evidence(bundle, data)),
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
