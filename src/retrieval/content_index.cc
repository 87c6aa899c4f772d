#include "retrieval/content_index.h"

#include <cmath>
#include <map>

#include "p5/error.h"
#include "retrieval/item_labels.h"

namespace p5 {
namespace {

// (1 + log t) times the weight of the field, summed over fields, by feature in ascending number. `number_of` gives the
// number of a name, or a negative one where it has none.
template <typename NumberOf>
std::vector<ItemWeight> features_of(const ItemCatalog& catalog, ItemId item, const ContentOptions& options,
                                    const NumberOf& number_of) {
  std::map<std::uint32_t, double> weights;
  const auto add = [&](const std::vector<std::string>& names, double field) {
    if (field <= 0) return;
    std::map<std::uint32_t, double> counts;
    for (const std::string& name : names) {
      const std::int64_t number = number_of(name);
      if (number >= 0) counts[static_cast<std::uint32_t>(number)] += 1;
    }
    for (const auto& [feature, count] : counts) weights[feature] += field * (1 + std::log(count));
  };
  add(words_of(catalog.title(item)), options.title);
  add(words_of(catalog.description(item)), options.description);
  add(labels_of(catalog, item), options.labels);
  std::vector<ItemWeight> row;
  for (const auto& [feature, weight] : weights) row.push_back({feature, static_cast<float>(weight)});
  return row;
}

}  // namespace

ContentIndex::ContentIndex(const ItemCatalog& catalog, const ContentOptions& options) : options_(options) {
  const auto number_of = [this](const std::string& name) {  // in the order of their first use
    return static_cast<std::int64_t>(numbers_.emplace(name, static_cast<std::uint32_t>(numbers_.size())).first->second);
  };
  SparseRows features;
  for (ItemId item = 0; item < catalog.size(); ++item) {
    features.push_back(features_of(catalog, item, options, number_of));
  }
  if (numbers_.empty()) {
    throw usage_error("items cannot be compared by content",
                      {.expected = "titles, descriptions, brands, categories or attributes of items", .got = "none"});
  }
  std::vector<double> holders(numbers_.size());
  for (std::size_t item = 0; item < features.size(); ++item) {
    for (const ItemWeight& entry : features[item]) holders[entry.item] += 1;
  }
  const double all = static_cast<double>(catalog.size());
  for (const double count : holders) idf_.push_back(count > all / 2 ? 0 : std::log(all / count));
  SparseRows weights;
  for (std::size_t item = 0; item < features.size(); ++item) {
    weights.push_back(weighed({features[item].begin(), features[item].end()}));
  }
  holders_ = transpose(weights, numbers_.size());
}

// Times idf, of length 1.
std::vector<ItemWeight> ContentIndex::weighed(std::vector<ItemWeight> features) const {
  std::erase_if(features, [this](const ItemWeight& entry) { return idf_[entry.item] == 0; });
  double squares = 0;
  for (ItemWeight& entry : features) {
    entry.weight = static_cast<float>(entry.weight * idf_[entry.item]);
    squares += static_cast<double>(entry.weight) * entry.weight;
  }
  for (ItemWeight& entry : features) entry.weight = static_cast<float>(entry.weight / std::sqrt(squares));
  return features;
}

std::vector<ItemWeight> ContentIndex::items_like(const ItemCatalog& catalog, ItemId item, RowSums& sums) const {
  const auto number_of = [this](const std::string& name) {
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? std::int64_t{-1} : static_cast<std::int64_t>(found->second);
  };
  for (const ItemWeight& entry : weighed(features_of(catalog, item, options_, number_of))) {
    sums.add(holders_[entry.item], entry.weight);
  }
  return sums.take();
}

bool have_content(const ItemCatalog& catalog, const ContentOptions& options) {
  try {
    return ContentIndex(catalog, options).holders().entry_count() > 0;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    return false;
  }
}

}  // namespace p5
