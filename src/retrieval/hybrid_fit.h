// Fits a hybrid on the validation part: histories of train parts ask, the next event answers. Ways to fuse are compared
// by cross-fitting: each half of the users is ranked by what the other half taught. A less simple way replaces a
// simpler one where it gains more than one standard error (Breiman et al. 1984), so that noise chooses nothing.
// Thread-safe: a free function; the sources must be safe to ask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/hybrid_model.h"
#include "retrieval/hybrid_options.h"

namespace p5 {

struct HybridPart {
  std::string name;
  const CandidateSource* source = nullptr;
};

struct HybridFitOptions {
  HybridOptions hybrid = {};
  std::size_t negatives = 99;  // of a question with candidates; 0: no fusion of its own for these
  std::uint64_t negatives_seed = 2022;
  StopToken stop = {};
};

// On the validation users of `split`, who are sampled where there are more than hybrid.users, the mixture that is
// returned is never worse than the best part. Throws InvalidArgument where there is no part, or nobody to validate on,
// and Interrupted.
HybridModel fit_hybrid(const std::vector<HybridPart>& parts, const Split& split, const HybridFitOptions& options);

}  // namespace p5
