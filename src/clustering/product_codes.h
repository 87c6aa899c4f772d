// Product quantisation: the space is cut into parts, and each part of a point is coded alone (Jegou, Douze and Schmid,
// PAMI 2011), after a rotation that gives all parts about the same to say (OPQ, Ge et al., CVPR 2013, in its parametric
// form: principal axes, dealt out so that the products of variances are equal). Codes have no order of importance; as
// item ids: RPG, Hou et al., KDD 2025. Thread-safe: a pure function.
#pragma once

#include "base/thread_pool.h"
#include "clustering/k_means.h"
#include "clustering/level_codes.h"

namespace p5 {

// One level a part. Parts have width / levels axes; those of least variance that are left over are dropped. REQUIRES
// 0 < levels <= width and points.
LevelCodes product_codes(const Points& points, std::size_t levels, const KMeansOptions& options, ThreadPool& pool);

}  // namespace p5
