// The fitted sources of candidates of one run, and what reranks their lists, each opened when it is first asked for.
// Thread-safe: all workers of a run share one.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "policy/bandit_states.h"
#include "recommend/mixed_ratings.h"
#include "recommend/review_stars_model.h"
#include "recommend/source_row.h"
#include "retrieval/reranker.h"

namespace p5 {

class RunSources {
 public:
  // `folder` as SourceInputs::folder; what is fit is kept there where `keep` says so. `bandits` may be null: then
  // orders that learn are refused.
  RunSources(std::shared_ptr<const LoadedRun> run, std::filesystem::path folder, bool keep,
             std::shared_ptr<BanditStates> bandits = nullptr)
      : run_(std::move(run)), folder_(std::move(folder)), keep_(keep), bandits_(std::move(bandits)) {}

  // Any that does not ask the model, which is the worker's own. The source lives as long as this. Throws as
  // open_candidate_source().
  const CandidateSource& at(const std::string& name);
  // A source that asks the model of a worker, who keeps it; its parts are asked of `part`. One worker at a time, so
  // that what must be fit is fit once.
  std::unique_ptr<CandidateSource> open_for(SequenceModel& model, const std::string& name,
                                            std::function<const CandidateSource&(const std::string& name)> part);
  // The source that answers where none is named: "hybrid" where the run has a fitted one, else "p5".
  const std::string& default_source();
  // The stars of reviews by their words; null where the data has nothing to learn them from. Throws as
  // open_review_stars().
  std::shared_ptr<const ReviewStarsModel> review_stars();
  // What predicted stars are mixed with; null where the run has no mixture, or other data than it was fit to.
  std::shared_ptr<const MixedRatings> mixed_ratings();
  // Null for method none. Lives as long as this. Throws as make_reranker(), BanditStates::model(), and Unsupported for
  // an order that asks an encoder which the run does not have.
  const Reranker* reranker(const RerankOptions& options);

 private:
  std::shared_ptr<const LoadedRun> run_;
  std::filesystem::path folder_;
  bool keep_;
  std::shared_ptr<BanditStates> bandits_;
  SourceInputs inputs() const;
  std::unique_ptr<Reranker> bandit_reranker(const RerankOptions& options);

  std::mutex opening_;
  std::recursive_mutex opening_for_worker_;  // a hybrid opens the parts that ask the model, too
  std::once_flag chosen_;
  std::string default_;
  std::once_flag words_opened_;
  std::shared_ptr<const ReviewStarsModel> words_;
  std::once_flag ratings_opened_;
  std::shared_ptr<const MixedRatings> ratings_;
  std::map<std::string, std::unique_ptr<CandidateSource>> sources_;
  std::map<std::string, std::unique_ptr<Reranker>> rerankers_;  // by their options as TOML
};

}  // namespace p5
