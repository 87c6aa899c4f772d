#include "retrieval/category_popularity_source.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "retrieval/item_labels.h"

namespace p5 {

void CategoryPopularityOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("category.backoff", &backoff,
            {.help = "popularity by category: weight of the popularity of all items", .minimum = 0});
  weights.bind(table, "category", "popularity by category");
}

CategoryPopularitySource::CategoryPopularitySource(const Split& split, const CategoryPopularityOptions& options)
    : ScoringSource(split.corpus().item_count()), options_(options), popularity_(item_count()) {
  std::vector<double> counts(item_count());
  double all = 0;
  for (const std::size_t i : split.positions(Part::kTrain)) {
    ++counts[split.corpus().items()[i]];
    ++all;
  }
  for (ItemId item = 0; item < item_count(); ++item) {
    popularity_[item] = static_cast<float>(counts[item] / std::max(all, 1.0));
  }
  std::unordered_map<std::string, std::uint32_t> numbers;
  std::vector<double> totals;
  std::vector<std::vector<ItemWeight>> categories(item_count());
  const auto names = categories_or_labels(split.corpus().catalog());
  for (ItemId item = 0; item < item_count(); ++item) {
    std::vector<std::uint32_t> own;
    for (const std::string& name : names[item]) {
      own.push_back(numbers.emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second);
    }
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    totals.resize(numbers.size());
    for (const std::uint32_t category : own) {
      categories[item].push_back({category, 1.0f / static_cast<float>(own.size())});
      totals[category] += counts[item];
    }
  }
  categories_of_ = SparseRows(std::move(categories));
  std::vector<std::vector<ItemWeight>> items(numbers.size());
  for (ItemId item = 0; item < item_count(); ++item) {
    if (counts[item] == 0) continue;
    for (const ItemWeight& entry : categories_of_[item]) {
      items[entry.item].push_back({item, static_cast<float>(counts[item] / totals[entry.item])});
    }
  }
  items_of_ = SparseRows(std::move(items));
}

void CategoryPopularitySource::score(const CandidateQuery& query, std::span<float> scores) const {
  std::vector<float> likings(items_of_.size());
  double sum = 0;
  options_.weights.for_each(query.history, item_count(), [&](ItemId item, float weight) {
    for (const ItemWeight& entry : categories_of_[item]) {
      likings[entry.item] += weight * entry.weight;
      sum += static_cast<double>(weight) * entry.weight;
    }
  });
  const float backoff = sum > 0 ? static_cast<float>(options_.backoff) : 1.0f;
  for (ItemId item = 0; item < scores.size(); ++item) scores[item] = backoff * popularity_[item];
  for (std::size_t category = 0; category < likings.size(); ++category) {
    if (likings[category] == 0.0f) continue;
    const auto share = static_cast<float>(likings[category] / sum);
    for (const ItemWeight& entry : items_of_[category]) scores[entry.item] += share * entry.weight;
  }
}

}  // namespace p5
