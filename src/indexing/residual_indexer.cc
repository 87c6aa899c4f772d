#include "indexing/residual_indexer.h"

#include "clustering/residual_codes.h"

namespace p5 {

LevelCodes ResidualIndexer::quantise(const Points& points, const Quantisation& wanted) const {
  ThreadPool pool(static_cast<std::size_t>(wanted.threads));
  return residual_codes(points, wanted.levels, {.clusters = wanted.codes, .seed = wanted.seed}, pool);
}

}  // namespace p5
