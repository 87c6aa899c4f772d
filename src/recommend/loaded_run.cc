#include "recommend/loaded_run.h"

#include <utility>

#include "corpus/rescaled_corpus.h"
#include "corpus/split_facts.h"
#include "recommend/evidence_counts.h"
#include "task/known_items.h"

namespace p5 {

LoadedRun::LoadedRun(ModelBundle of_run, DataSplits of_corpus, std::int32_t whole_word_rows)
    : bundle(std::move(of_run)),
      data(std::move(of_corpus)),
      evidence(count_evidence(bundle.sources, data)),
      answers(evidence == nullptr
                  ? nullptr
                  : std::make_shared<const AnswerEvidence>(data.reviews, data.ranking, evidence, bundle.scale)),
      writer(bundle, data, whole_word_rows, answers),
      trie(*bundle.index),
      sizes(evidence == nullptr ? nullptr : std::make_unique<const TrieSizes>(trie, scale_of(*evidence).gate)),
      codes(bundle.task.parallel_codes ? std::make_unique<const CodeTable>(*bundle.index) : nullptr) {}

std::shared_ptr<const LoadedRun> LoadedRun::open(const std::filesystem::path& run, const RunOpening& opening) {
  const std::filesystem::path folder = ModelBundle::folder_of(run);
  ModelBundle bundle = ModelBundle::load(folder);
  bundle.change(opening.settings);
  DataSplits data = opening.other_catalog
                        ? make_splits(on_rating_scale(Corpus::open(opening.corpus), bundle.scale), bundle.split)
                        : open_bundle_data(bundle, opening.corpus);
  const auto whole_word_rows = static_cast<std::int32_t>(bundle_model_spec(bundle, folder)->whole_word_rows);
  return std::make_shared<const LoadedRun>(std::move(bundle), std::move(data), whole_word_rows);
}

bool LoadedRun::has_other_data() const {
  return !bundle.data_sha256.empty() && bundle.data_sha256 != data.corpus->info().data_sha256;
}

void LoadedRun::compare_new_items() const {
  std::vector<ItemId> items;
  for (auto item = static_cast<ItemId>(known_items()); item < data.corpus->item_count(); ++item) items.push_back(item);
  ContentLikeness all = ContentLikeness::by_content(std::move(items), data.corpus->catalog(), bundle.sources.content);
  const std::vector<std::uint32_t> counts = train_counts(*data.ranking);
  ContentLikeness uncounted;
  for (std::size_t i = 0; i < all.filled.size(); ++i) {
    if (counts[all.filled[i]] > 0) continue;
    uncounted.filled.push_back(all.filled[i]);
    uncounted.alike.push_back(all.alike[i]);
  }
  like_new_items_ = std::make_shared<const ContentLikeness>(std::move(all));
  like_uncounted_items_ = std::make_shared<const ContentLikeness>(std::move(uncounted));
}

const std::shared_ptr<const ContentLikeness>& LoadedRun::like_new_items() const {
  std::call_once(compared_, [this] { compare_new_items(); });
  return like_new_items_;
}

const std::shared_ptr<const ContentLikeness>& LoadedRun::like_uncounted_items() const {
  std::call_once(compared_, [this] { compare_new_items(); });
  return like_uncounted_items_;
}

const std::shared_ptr<const ExplanationSet>& LoadedRun::explanations() const {
  std::call_once(explained_, [this] { explanations_ = make_explanations(*data.reviews, bundle.explain); });
  return explanations_;
}

const ItemQuotes& LoadedRun::quotes() const {
  std::call_once(
      quoted_, [this] { quotes_ = std::make_unique<const ItemQuotes>(data.reviews, explanations(), bundle.explain); });
  return *quotes_;
}

const SimilarReviews& LoadedRun::similar_reviews() const {
  std::call_once(read_, [this] { similar_ = std::make_unique<const SimilarReviews>(*data.reviews); });
  return *similar_;
}

}  // namespace p5
