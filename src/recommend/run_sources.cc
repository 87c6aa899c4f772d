#include "recommend/run_sources.h"

namespace p5 {

const CandidateSource& RunSources::at(const std::string& name) {
  const std::lock_guard lock(opening_);
  auto& source = sources_[name];
  if (source == nullptr) {
    source = open_candidate_source(
        name, {.run = *run_, .options = run_->bundle.sources, .folder = folder_, .keep = keep_});
  }
  return *source;
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
