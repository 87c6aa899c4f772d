#include "indexing/item_indexer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string_view>

#include "indexing/independent_indexer.h"
#include "indexing/random_indexer.h"
#include "indexing/sequential_indexer.h"
#include "p5/error.h"

namespace p5 {
namespace {

struct Scheme {
  std::string_view name;
  std::unique_ptr<ItemIndexer> (*make)(const IndexOptions&);
};

template <typename Indexer>
std::unique_ptr<ItemIndexer> make(const IndexOptions& options) {
  return std::make_unique<Indexer>(options);
}

constexpr std::array<Scheme, 3> kSchemes = {{{"random", make<RandomIndexer>},
                                             {"sequential", make<SequentialIndexer>},
                                             {"independent", make<IndependentIndexer>}}};

std::vector<std::string> scheme_names() {
  std::vector<std::string> names;
  for (const Scheme& scheme : kSchemes) names.emplace_back(scheme.name);
  return names;
}

}  // namespace

void IndexOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add(
      "index.scheme", &scheme,
      {.help = "how items get their ids: numbers in random order, numbers by first appearance in training, or one "
               "private token an item",
       .flag = "index",
       .choices = scheme_names()});
  table.add("index.first_number", &first_number,
            {.help = "the smallest number in an item's id", .minimum = 0, .maximum = 1e12});
  table.add("index.seed", &seed, {.help = "order of the numbers of random and independent ids"});
}

std::unique_ptr<ItemIndexer> make_item_indexer(const IndexOptions& options) {
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == options.scheme) return scheme.make(options);
  }
  throw usage_error("unknown index scheme", {"index.scheme", fmt::format("one of {}", fmt::join(scheme_names(), ", ")),
                                             "'" + options.scheme + "'"});
}

}  // namespace p5
