// One version of a model as it is served: a run that was opened, checked and warmed up. Immutable and thread-safe;
// requests hold it while they are answered, so that a version that was replaced lives until its last answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "corpus/corpus.h"
#include "p5/recommender.h"
#include "recommend/catalog_view.h"
#include "recommend/loaded_run.h"

namespace p5 {

struct ServedModelOptions {
  std::string corpus = {};  // as RecommenderOptions::corpus
  std::string device = "auto";
  std::int64_t threads = 1;                    // of each worker
  std::shared_ptr<BanditStates> bandits = {};  // as RecommenderOptions::held_bandits
};

class ServedModel {
 public:
  // Opens the run and answers a few questions, so that the first client does not wait for sources to be opened. Throws
  // as Recommender::open().
  ServedModel(std::string name, std::int64_t version, std::string run, const ServedModelOptions& options);

  const std::string& name() const { return name_; }
  std::int64_t version() const { return version_; }
  const std::string& run() const { return run_; }
  double load_seconds() const { return load_seconds_; }
  std::chrono::system_clock::time_point loaded_at() const { return loaded_at_; }

  // For checks of requests and questions about keys; not for answers.
  const Recommender& recommender() const { return recommender_; }
  const LoadedRun& loaded_run() const { return *loaded_run_; }
  const Corpus& corpus() const { return *loaded_run_->data.corpus; }
  // With what was changed since.
  std::shared_ptr<const CatalogView> catalog() const { return recommender_.catalog(); }
  // For one worker.
  Recommender worker() const { return recommender_.worker(); }

 private:
  std::string name_;
  std::int64_t version_;
  std::string run_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  Recommender recommender_;
  std::shared_ptr<const LoadedRun> loaded_run_;
  double load_seconds_ = 0;
  std::chrono::system_clock::time_point loaded_at_;
};

}  // namespace p5
