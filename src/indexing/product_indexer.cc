#include "indexing/product_indexer.h"

#include <string>

#include "clustering/product_codes.h"
#include "p5/error.h"

namespace p5 {

LevelCodes ProductIndexer::quantise(const Points& points, const Quantisation& wanted) const {
  if (wanted.levels > points.width) {
    throw usage_error("more levels than the item vectors have numbers",
                      {.where = "index.levels",
                       .expected = "at most " + std::to_string(points.width),
                       .got = std::to_string(wanted.levels)});
  }
  ThreadPool pool(static_cast<std::size_t>(wanted.threads));
  return product_codes(points, wanted.levels, {.clusters = wanted.codes, .seed = wanted.seed}, pool);
}

}  // namespace p5
