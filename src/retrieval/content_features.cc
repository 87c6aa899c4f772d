#include "retrieval/content_features.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

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

ContentFeatures content_features(const ItemCatalog& catalog, const ContentOptions& options) {
  FeatureTable table;
  const SparseRows counted = read_features(catalog, options, table);
  return {.count = table.size(), .weights = weigh(counted, table.size())};
}

}  // namespace p5
