// Residual k-means: the first level clusters the points, the next what the centers before have left over (residual
// vector quantisation; for item ids: TIGER, Rajput et al., NeurIPS 2023, whose RQ-VAE this is without the network, and
// GRID, Ju et al. 2025). Codes are ordered from coarse to fine. Thread-safe: a pure function.
#pragma once

#include "base/thread_pool.h"
#include "clustering/k_means.h"
#include "clustering/level_codes.h"

namespace p5 {

// r_0 = x;  c_l = argmin_k |r_l - e_{l,k}|^2;  r_{l+1} = r_l - e_{l,c_l}. `options.clusters` codes a level, no more
// than there are points. REQUIRES levels > 0 and points.
LevelCodes residual_codes(const Points& points, std::size_t levels, const KMeansOptions& options, ThreadPool& pool);

}  // namespace p5
