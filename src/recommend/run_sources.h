// The fitted sources of candidates of one run, and what reranks their lists, each opened when it is first asked for.
// Thread-safe: all workers of a run share one.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "recommend/candidate_sources.h"
#include "retrieval/reranker.h"

namespace p5 {

class RunSources {
 public:
  // `folder` as SourceInputs::folder; what is fit is kept there where `keep` says so.
  RunSources(std::shared_ptr<const LoadedRun> run, std::filesystem::path folder, bool keep)
      : run_(std::move(run)), folder_(std::move(folder)), keep_(keep) {}

  // Any but "p5", which asks a model of the worker's own. The source lives as long as this. Throws as
  // open_candidate_source().
  const CandidateSource& at(const std::string& name);
  // Null for method none. Lives as long as this. Throws as make_reranker().
  const Reranker* reranker(const RerankOptions& options);

 private:
  std::shared_ptr<const LoadedRun> run_;
  std::filesystem::path folder_;
  bool keep_;
  std::mutex opening_;
  std::map<std::string, std::unique_ptr<CandidateSource>> sources_;
  std::map<std::string, std::unique_ptr<Reranker>> rerankers_;  // by their options as TOML
};

}  // namespace p5
