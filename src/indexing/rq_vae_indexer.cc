#include "indexing/rq_vae_indexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "clustering/rq_vae.h"
#include "indexing/cooccurrence_graph.h"
#include "p5/error.h"

namespace p5 {

LevelCodes RqVaeIndexer::quantise(const Points& points, const Quantisation& wanted) const {
  SparseRows together;
  if (options().contrast > 0) together = cooccurrence_graph(wanted.input.split, wanted.order);
  LevelCodes codes = rq_vae_codes(points, {.levels = wanted.levels,
                                           .codes = wanted.codes,
                                           .latent = static_cast<std::size_t>(options().latent),
                                           .epochs = options().epochs,
                                           .commitment = options().commitment,
                                           .contrast = options().contrast,
                                           .together = options().contrast > 0 ? &together : nullptr,
                                           .seed = wanted.seed});
  const std::vector<double> usage = code_usage(codes);
  const auto least = std::ranges::min_element(usage);
  if (*least >= options().least_usage) return codes;
  throw data_error("the codes of rq-vae collapsed: too few of a level are used",
                   {.where = fmt::format("level {}", least - usage.begin() + 1),
                    .expected = fmt::format("at least {:.0f}% (index.least_usage); fewer index.codes, more "
                                            "index.epochs, or index.scheme = residual",
                                            100 * options().least_usage),
                    .got = fmt::format("{:.0f}%", 100 * *least)});
}

}  // namespace p5
