#include "recommend/run_sources.h"

#include <cassert>

namespace p5 {

SourceInputs RunSources::inputs() const {
  return {.run = *run_, .options = run_->bundle.sources, .folder = folder_, .keep = keep_};
}

const CandidateSource& RunSources::at(const std::string& name) {
  const std::lock_guard lock(opening_);
  auto& source = sources_[name];
  if (source == nullptr) source = open_candidate_source(name, inputs());
  return *source;
}

std::unique_ptr<CandidateSource> RunSources::open_for(
    SequenceModel& model, const std::string& name,
    std::function<const CandidateSource&(const std::string& name)> part) {
  const std::lock_guard lock(opening_for_worker_);
  SourceInputs asked = inputs();
  asked.model = &model;
  asked.part = std::move(part);
  return open_candidate_source(name, asked);
}

const std::string& RunSources::default_source() {
  std::call_once(chosen_,
                 [this] { default_ = is_fitted(require_candidate_source("hybrid"), inputs()) ? "hybrid" : "p5"; });
  return default_;
}

std::shared_ptr<const ReviewStarsModel> RunSources::review_stars() {
  std::call_once(words_opened_, [this] { words_ = open_review_stars(inputs()); });
  return words_;
}

std::shared_ptr<const MixedRatings> RunSources::mixed_ratings() {
  const RatingMixture& mixture = run_->bundle.stars.mixture;
  if (mixture.parts.empty() || run_->has_other_data()) return nullptr;
  std::call_once(ratings_opened_, [&] { ratings_ = std::make_shared<const MixedRatings>(mixture, inputs()); });
  return ratings_;
}

const Reranker* RunSources::reranker(const RerankOptions& options) {
  if (options.method == RerankOptions::Method::kNone) return nullptr;
  RerankOptions own = options;
  OptionTable table;
  own.bind(table);
  const std::lock_guard lock(opening_);
  auto& reranker = rerankers_[table.to_toml()];
  if (reranker == nullptr) reranker = make_reranker(options, *run_->data.ranking);
  return reranker.get();
}

}  // namespace p5
