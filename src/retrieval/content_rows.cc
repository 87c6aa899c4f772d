#include "retrieval/content_rows.h"

#include <numeric>
#include <vector>

#include "p5/error.h"
#include "retrieval/content_features.h"

namespace p5 {

void ContentOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("content.title", &title, {.help = "content: weight of the words of titles, 0 = none", .minimum = 0});
  table.add("content.description", &description,
            {.help = "content: weight of the words of descriptions, 0 = none", .minimum = 0});
  table.add("content.labels", &labels,
            {.help = "content: weight of brand, categories and attributes, 0 = none", .minimum = 0});
  table.add("content.max_neighbors", &max_neighbors,
            {.help = "content: strongest neighbors kept per item, 0 = all", .minimum = 0});
  weights.bind(table, "content", "content");
}

SparseRows compare_contents(const ItemCatalog& catalog, const ContentOptions& options, std::size_t threads) {
  std::vector<ItemId> all(catalog.size());
  std::iota(all.begin(), all.end(), ItemId{0});
  return compare_contents(catalog, all, options, threads);
}

SparseRows compare_contents(const ItemCatalog& catalog, std::span<const ItemId> items, const ContentOptions& options,
                            std::size_t threads) {
  const ContentFeatures content = content_features(catalog, options);
  if (content.count == 0) {
    throw usage_error("items cannot be compared by content",
                      {.expected = "titles, descriptions, brands, categories or attributes of items", .got = "none"});
  }
  const SparseRows& features = content.weights;
  const SparseRows holders = transpose(features, content.count);
  std::vector<std::vector<ItemWeight>> rows(items.size());
  ThreadPool pool(threads);
  std::vector<RowSums> sums(pool.size(), RowSums(catalog.size()));
  pool.parallel_for(items.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    for (std::size_t i = begin; i < end; ++i) {
      for (const ItemWeight& entry : features[items[i]]) sums[worker].add(holders[entry.item], entry.weight);
      rows[i] = sums[worker].take();
      std::erase_if(rows[i], [&](const ItemWeight& entry) { return entry.item == items[i]; });
      keep_strongest(rows[i], static_cast<std::size_t>(options.max_neighbors));
    }
  });
  return SparseRows(std::move(rows));
}

}  // namespace p5
