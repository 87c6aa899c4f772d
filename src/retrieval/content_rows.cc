#include "retrieval/content_rows.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

#include "p5/error.h"
#include "retrieval/item_labels.h"

namespace p5 {
namespace {

// Features get numbers in the order of their first use.
class FeatureTable {
 public:
  std::uint32_t number(const std::string& name) {
    return numbers_.emplace(name, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }
  std::size_t size() const { return numbers_.size(); }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

// Features of each item with (1 + log t) times the weight of the field, summed over fields.
SparseRows read_features(const ItemCatalog& catalog, const ContentOptions& options, FeatureTable& table) {
  SparseRows features;
  for (ItemId item = 0; item < catalog.size(); ++item) {
    std::map<std::uint32_t, double> weights;
    const auto add = [&](const std::vector<std::string>& names, double field) {
      if (field <= 0) return;
      std::map<std::uint32_t, double> counts;
      for (const std::string& name : names) counts[table.number(name)] += 1;
      for (const auto& [feature, count] : counts) weights[feature] += field * (1 + std::log(count));
    };
    add(words_of(catalog.title(item)), options.title);
    add(words_of(catalog.description(item)), options.description);
    add(labels_of(catalog, item), options.labels);
    std::vector<ItemWeight> row;
    for (const auto& [feature, weight] : weights) row.push_back({feature, static_cast<float>(weight)});
    features.push_back(row);
  }
  return features;
}

// Times idf, of length 1, without features that most items have.
SparseRows weigh(const SparseRows& features, std::size_t feature_count) {
  std::vector<double> items(feature_count);
  for (std::size_t item = 0; item < features.size(); ++item) {
    for (const ItemWeight& entry : features[item]) items[entry.item] += 1;
  }
  const double all = static_cast<double>(features.size());
  SparseRows weighed;
  for (std::size_t item = 0; item < features.size(); ++item) {
    std::vector<ItemWeight> row;
    double squares = 0;
    for (const ItemWeight& entry : features[item]) {
      if (items[entry.item] > all / 2) continue;
      row.push_back({entry.item, static_cast<float>(entry.weight * std::log(all / items[entry.item]))});
      squares += static_cast<double>(row.back().weight) * row.back().weight;
    }
    for (ItemWeight& entry : row) entry.weight = static_cast<float>(entry.weight / std::sqrt(squares));
    weighed.push_back(row);
  }
  return weighed;
}

}  // namespace

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
  FeatureTable table;
  const SparseRows raw = read_features(catalog, options, table);
  if (table.size() == 0) {
    throw usage_error("items cannot be compared by content",
                      {.expected = "titles, descriptions, brands, categories or attributes of items", .got = "none"});
  }
  const SparseRows features = weigh(raw, table.size());
  const SparseRows holders = transpose(features, table.size());
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
