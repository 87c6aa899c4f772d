#include "indexing/coded_indexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "p5/error.h"

namespace p5 {

BuiltIndex CodedIndexer::build(const IndexInput& input) const {
  const std::vector<ItemId> order = drawn_order(input, scheme());
  SpelledCodes spelled{.order = order, .codes = codes(input, order), .first_number = options_.first_number};
  return spell_with_digits(std::string(scheme()), std::move(spelled), static_cast<std::size_t>(options_.digits), input);
}

std::vector<float> vectors_of(const IndexInput& input, const std::vector<ItemId>& order, std::string_view scheme) {
  const std::size_t width = input.vector_width;
  if (width == 0 || input.item_vectors.size() < order.size() * width) {
    throw usage_error("the scheme needs a vector of every item",
                      {.where = fmt::format("index scheme {}", scheme),
                       .expected = fmt::format("{} vectors (index.vectors says which)", order.size()),
                       .got = width == 0 ? "none" : fmt::format("{}", input.item_vectors.size() / width)});
  }
  std::vector<float> vectors;
  vectors.reserve(order.size() * width);
  for (const ItemId item : order) {
    const auto vector = input.item_vectors.subspan(item * width, width);
    vectors.insert(vectors.end(), vector.begin(), vector.end());
  }
  return vectors;
}

std::size_t cluster_count(const char* option, std::int64_t wanted, std::size_t usual, std::size_t items) {
  if (wanted <= 0) {
    const double root = std::sqrt(static_cast<double>(items));
    return std::min({static_cast<std::size_t>(std::ceil(2 * root)), usual, items});
  }
  if (static_cast<std::size_t>(wanted) > items) {
    throw data_error("more clusters than items", {.where = option,
                                                  .expected = fmt::format("at most {}, the items of the corpus", items),
                                                  .got = std::to_string(wanted)});
  }
  return static_cast<std::size_t>(wanted);
}

}  // namespace p5
