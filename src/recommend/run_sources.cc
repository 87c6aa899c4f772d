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

}  // namespace p5
