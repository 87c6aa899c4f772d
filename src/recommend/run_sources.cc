#include "recommend/run_sources.h"

#include <cassert>

#include "policy/bandit_reranker.h"
#include "recommend/candidate_sources.h"
#include "recommend/opened_sources.h"

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

std::unique_ptr<Reranker> RunSources::bandit_reranker(const RerankOptions& options) {
  std::shared_ptr<const BanditFeatures> features;
  if (options.method == RerankOptions::Method::kNeural) {
    const bool trained = is_fitted(require_candidate_source("encoder"), inputs());
    const auto* encoder = trained ? dynamic_cast<const VectorSource*>(&at("encoder")) : nullptr;
    if (encoder == nullptr) {
      throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "the run has no encoder",
                  {.where = "rerank.method", .expected = "a run with one for neural, or another policy"});
    }
    features = std::make_shared<EncoderFeatures>(*encoder);
  } else {
    features = std::make_shared<ShopFeatures>(*run_->data.ranking);
  }
  return std::make_unique<BanditReranker>(options, features, bandits_->model(*features), run_->data.corpus->catalog(),
                                          bandits_->use());
}

const Reranker* RunSources::reranker(const RerankOptions& options) {
  if (options.method == RerankOptions::Method::kNone) return nullptr;
  RerankOptions own = options;
  OptionTable table;
  own.bind(table);
  const std::string key = table.to_toml();
  {
    const std::lock_guard lock(opening_);
    if (const auto known = rerankers_.find(key); known != rerankers_.end()) return known->second.get();
  }
  const bool learns = RerankOptions::learns(options.method) && bandits_ != nullptr;
  auto made = learns ? bandit_reranker(options) : make_reranker(options, *run_->data.ranking);
  const std::lock_guard lock(opening_);
  return rerankers_.try_emplace(key, std::move(made)).first->second.get();
}

}  // namespace p5
