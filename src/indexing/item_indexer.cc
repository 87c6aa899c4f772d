#include "indexing/item_indexer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
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
  std::string_view summary;                   // for help
  void (*bind)(IndexOptions&, OptionTable&);  // its own rows; schemes may share a function, whose rows are added once
  std::unique_ptr<ItemIndexer> (*make)(const IndexOptions&);
};

void bind_numbers(IndexOptions& index, OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.first_number", &index.first_number,
            {.help = "the smallest number in an item's id", .minimum = 0, .maximum = 1e12});
}

template <typename Indexer>
std::unique_ptr<ItemIndexer> make(const IndexOptions& options) {
  return std::make_unique<Indexer>(options);
}

constexpr std::array<Scheme, 3> kSchemes = {
    {{"random", "numbers in random order", bind_numbers, make<RandomIndexer>},
     {"sequential", "numbers by first appearance in training", bind_numbers, make<SequentialIndexer>},
     {"independent", "one private token per item", bind_numbers, make<IndependentIndexer>}}};

// "how items get their ids; random: numbers in random order; ..."
std::string scheme_help() {
  std::string help = "how items get their ids";
  for (const Scheme& scheme : kSchemes) help += fmt::format("; {}: {}", scheme.name, scheme.summary);
  return help;
}

}  // namespace

std::vector<std::string> item_schemes() {
  std::vector<std::string> names;
  for (const Scheme& scheme : kSchemes) names.emplace_back(scheme.name);
  return names;
}

void IndexOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.scheme", &scheme, {.help = scheme_help(), .flag = "index", .choices = item_schemes()});
  table.add("index.seed", &seed, {.help = "order of the numbers of random and independent ids"});
  for (auto row = kSchemes.begin(); row != kSchemes.end(); ++row) {
    const bool bound =
        std::any_of(kSchemes.begin(), row, [&](const Scheme& before) { return before.bind == row->bind; });
    if (!bound) row->bind(*this, options);
  }
}

std::unique_ptr<ItemIndexer> make_item_indexer(const IndexOptions& options) {
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == options.scheme) return scheme.make(options);
  }
  throw usage_error("unknown index scheme", {"index.scheme", fmt::format("one of {}", fmt::join(item_schemes(), ", ")),
                                             "'" + options.scheme + "'"});
}

}  // namespace p5
