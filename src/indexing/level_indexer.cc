#include "indexing/level_indexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/logger.h"

namespace p5 {
namespace {

constexpr std::size_t kUsualCodes = 256;

std::string percents(const std::vector<double>& shares) {
  std::string text;
  for (const double share : shares) text += fmt::format("{}{:.0f}%", text.empty() ? "" : ", ", 100 * share);
  return text;
}

}  // namespace

ItemCodes LevelIndexer::codes(const IndexInput& input, const std::vector<ItemId>& order) const {
  const std::vector<float> vectors = vectors_of(input, order, scheme());
  LevelCodes found = quantise({vectors, input.vector_width},
                              {.levels = static_cast<std::size_t>(options().levels),
                               .codes = cluster_count("index.codes", options().codes, kUsualCodes, order.size()),
                               .seed = input.seed,
                               .threads = input.threads,
                               .input = input,
                               .order = order});
  const std::size_t colliding = colliding_points(found);
  if (options().collisions == IndexOptions::Collisions::kSinkhorn) separate_by_sinkhorn(found);
  log_info(fmt::format("{} ids: {} of the codes of {} levels are used; {} of {} items share all codes with another{}",
                       scheme(), percents(code_usage(found)), found.levels, colliding, order.size(),
                       options().collisions == IndexOptions::Collisions::kSinkhorn
                           ? fmt::format(", {} after they were reassigned", colliding_points(found))
                           : std::string()));
  ItemCodes codes;
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::vector<std::uint32_t>& path = codes.of.emplace_back();
    for (std::size_t level = 0; level < found.levels; ++level) {
      path.push_back(static_cast<std::uint32_t>(level * found.size + found.of(i)[level]));
    }
  }
  for (std::size_t level = 0; level < found.levels; ++level) {
    for (std::size_t code = 0; code < found.size; ++code)
      codes.token_names.push_back(fmt::format("l{}_{}", level + 1, code));
  }
  return codes;
}

}  // namespace p5
