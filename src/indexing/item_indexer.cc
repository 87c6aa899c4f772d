#include "indexing/item_indexer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "indexing/category_indexer.h"
#include "indexing/collaborative_indexer.h"
#include "indexing/hybrid_indexer.h"
#include "indexing/independent_indexer.h"
#include "indexing/kmeans_tree_indexer.h"
#include "indexing/product_indexer.h"
#include "indexing/random_indexer.h"
#include "indexing/residual_indexer.h"
#include "indexing/rq_vae_indexer.h"
#include "indexing/sequential_indexer.h"
#include "indexing/title_indexer.h"
#include "p5/error.h"

namespace p5 {
namespace {

struct Scheme {
  std::string_view name;
  std::string_view summary;                   // for help
  bool vectors;                               // whether it needs item vectors
  void (*bind)(IndexOptions&, OptionTable&);  // its own rows; schemes may share a function, whose rows are added once
  std::unique_ptr<ItemIndexer> (*make)(const IndexOptions&);
  std::unique_ptr<CodedIndexer> (*make_prefix)(const IndexOptions&);  // null where it gives no groups
};

void bind_numbers(IndexOptions& index, OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.first_number", &index.first_number,
            {.help = "the smallest number in an item's id", .minimum = 0, .maximum = 1e12});
}

void bind_titles(IndexOptions& index, OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.title_words", &index.title_words,
            {.help = "ids of titles: the first words that are spelled", .minimum = 1, .maximum = 64});
}

void bind_groups(IndexOptions& index, OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.levels", &index.levels,
            {.help = "tokens of an id before digits: of residual, product and rq-vae exactly, of trees and categories "
                     "at most",
             .minimum = 1,
             .maximum = 16});
  table.add("index.digits", &index.digits,
            {.help = "base of the digits that tell items of one group apart", .minimum = 2, .maximum = 65536});
}

void bind_trees(IndexOptions& index, OptionTable& options) {
  bind_groups(index, options);
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.clusters", &index.clusters,
            {.help = "ids of trees: groups that a group is split into", .minimum = 2, .maximum = 4096});
  table.add("index.leaf", &index.leaf,
            {.help = "ids of trees: a group with more items than this is split", .minimum = 1, .maximum = 1e9});
}

void bind_codes(IndexOptions& index, OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.codes", &index.codes,
            {.help = "ids of codes: codes of a level; 0: twice the root of the number of items, at most 256",
             .minimum = 0,
             .maximum = 65536});
  table.add_choice("index.collisions", &index.collisions,
                   {{"digit", IndexOptions::Collisions::kDigit}, {"sinkhorn", IndexOptions::Collisions::kSinkhorn}},
                   {.help = "items with the same codes get a digit, or first other codes on the last level, by "
                            "Sinkhorn's iterations"});
}

void bind_rq_vae(IndexOptions& index, OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.epochs", &index.epochs, {.help = "rq-vae ids: passes over the items", .minimum = 1});
  table.add("index.latent", &index.latent,
            {.help = "rq-vae ids: width of what is quantised", .minimum = 1, .maximum = 4096});
  table.add("index.commitment", &index.commitment,
            {.help = "rq-vae ids: weight of the distance between the encoder's output and its codes", .minimum = 0});
  table.add("index.contrast", &index.contrast,
            {.help = "rq-vae ids: weight of a contrastive term that draws the codes of items together that users have "
                     "together; 0 = none",
             .minimum = 0,
             .maximum = 100});
  table.add("index.least_usage", &index.least_usage,
            {.help = "rq-vae ids: share of the codes of each level that must be used, else it is an error",
             .minimum = 0,
             .maximum = 1});
}

void bind_categories(IndexOptions& index, OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.category_items", &index.category_items,
            {.help = "ids of categories: categories that fewer items have are passed over", .minimum = 1});
}

void bind_hybrid(IndexOptions& index, OptionTable& options);

template <typename Indexer>
std::unique_ptr<ItemIndexer> make(const IndexOptions& options) {
  return std::make_unique<Indexer>(options);
}

template <typename Indexer>
std::unique_ptr<CodedIndexer> make_prefix(const IndexOptions& options) {
  return std::make_unique<Indexer>(options);
}

std::unique_ptr<ItemIndexer> make_hybrid(const IndexOptions& options);

constexpr std::array<Scheme, 11> kSchemes = {{
    {"random", "numbers in random order", false, bind_numbers, make<RandomIndexer>, nullptr},
    {"sequential", "numbers by first appearance in training", false, bind_numbers, make<SequentialIndexer>, nullptr},
    {"independent", "one private token per item", false, bind_numbers, make<IndependentIndexer>, nullptr},
    {"title", "the first words of titles", false, bind_titles, make<TitleIndexer>, nullptr},
    {"collaborative", "tree of items that the same users have", false, bind_trees, make<CollaborativeIndexer>,
     make_prefix<CollaborativeIndexer>},
    {"kmeans-tree", "tree of near item vectors", true, bind_trees, make<KmeansTreeIndexer>,
     make_prefix<KmeansTreeIndexer>},
    {"residual", "codes of item vectors from coarse to fine", true, bind_codes, make<ResidualIndexer>,
     make_prefix<ResidualIndexer>},
    {"rq-vae", "such codes learnt by a network", true, bind_rq_vae, make<RqVaeIndexer>, make_prefix<RqVaeIndexer>},
    {"product", "codes of parts of item vectors", true, bind_codes, make<ProductIndexer>, make_prefix<ProductIndexer>},
    {"category", "tree of the catalogue's categories", false, bind_categories, make<CategoryIndexer>,
     make_prefix<CategoryIndexer>},
    {"hybrid", "the groups of index.prefix, then a private token per item", false, bind_hybrid, make_hybrid, nullptr},
}};

const Scheme& find_scheme(const char* option, const std::string& name, const std::vector<std::string>& known) {
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == name && std::ranges::find(known, name) != known.end()) return scheme;
  }
  throw usage_error("unknown index scheme",
                    {option, fmt::format("one of {}", fmt::join(known, ", ")), "'" + name + "'"});
}

std::vector<std::string> prefix_schemes() {
  std::vector<std::string> names;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.make_prefix != nullptr) names.emplace_back(scheme.name);
  }
  return names;
}

const Scheme& prefix_of(const IndexOptions& options) {
  return find_scheme("index.prefix", options.prefix, prefix_schemes());
}

void bind_hybrid(IndexOptions& index, OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("index.prefix", &index.prefix,
            {.help = "hybrid ids: the scheme whose groups come first", .choices = prefix_schemes()});
}

std::unique_ptr<ItemIndexer> make_hybrid(const IndexOptions& options) {
  return std::make_unique<HybridIndexer>(options, prefix_of(options).make_prefix(options));
}

// "how items get their ids; random: numbers in random order; ..."
std::string scheme_help() {
  std::string help = "how items get their ids (docs/indexing.md)";
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
  table.add("index.seed", &seed, {.help = "of everything that ids are drawn by"});
  for (auto row = kSchemes.begin(); row != kSchemes.end(); ++row) {
    const bool bound =
        std::any_of(kSchemes.begin(), row, [&](const Scheme& before) { return before.bind == row->bind; });
    if (!bound) row->bind(*this, options);
  }
}

bool needs_item_vectors(const IndexOptions& options) {
  const Scheme& scheme = find_scheme("index.scheme", options.scheme, item_schemes());
  return scheme.vectors || (scheme.make == make_hybrid && prefix_of(options).vectors);
}

std::unique_ptr<ItemIndexer> make_item_indexer(const IndexOptions& options) {
  return find_scheme("index.scheme", options.scheme, item_schemes()).make(options);
}

}  // namespace p5
