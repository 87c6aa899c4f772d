#include "serve/live_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "corpus/split_facts.h"

namespace p5 {
namespace {

constexpr std::size_t kPopularityBins = 10;
constexpr std::size_t kMostCategories = 20;

// From the items that have most events to those that have fewest, each with about a tenth of all; the last bin is of
// items without any.
std::vector<std::uint8_t> popularity_bins(const std::vector<double>& events) {
  std::vector<std::size_t> order(events.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t item) { return events[item]; });
  const double all = std::accumulate(events.begin(), events.end(), 0.0);
  std::vector<std::uint8_t> bins(events.size(), kPopularityBins);
  double before = 0;
  for (const std::size_t item : order) {
    if (events[item] == 0) break;
    const auto bin = static_cast<std::size_t>(before / all * kPopularityBins);
    bins[item] = static_cast<std::uint8_t>(std::min(bin, kPopularityBins - 1));
    before += events[item];
  }
  return bins;
}

struct Categories {
  std::vector<std::vector<std::uint8_t>> of_items;
  std::vector<double> events;
  std::vector<std::string> names;  // those with most events, then "other" and "none"
};

Categories categories_of(const ItemCatalog& catalog, const std::vector<double>& events) {
  std::map<std::string_view, double> counts;
  for (std::size_t item = 0; item < events.size(); ++item) {
    for (const std::string_view name : catalog.categories(static_cast<ItemId>(item))) counts[name] += events[item];
  }
  std::vector<std::pair<std::string_view, double>> most(counts.begin(), counts.end());
  std::ranges::stable_sort(most, std::greater(), [](const auto& row) { return row.second; });
  if (most.size() > kMostCategories) most.resize(kMostCategories);
  Categories found;
  std::map<std::string_view, std::uint8_t> bins;
  for (const auto& [name, count] : most) {
    bins.emplace(name, static_cast<std::uint8_t>(found.names.size()));
    found.names.emplace_back(name);
  }
  const auto other = static_cast<std::uint8_t>(found.names.size());
  found.names.insert(found.names.end(), {"other", "none"});
  found.events.assign(found.names.size(), 0);
  for (std::size_t item = 0; item < events.size(); ++item) {
    std::vector<std::uint8_t> own;
    for (const std::string_view name : catalog.categories(static_cast<ItemId>(item))) {
      const auto bin = bins.find(name);
      own.push_back(bin == bins.end() ? other : bin->second);
    }
    if (own.empty()) own.push_back(static_cast<std::uint8_t>(other + 1));
    for (const std::uint8_t bin : own) found.events[bin] += events[item];
    found.of_items.push_back(std::move(own));
  }
  return found;
}

}  // namespace

LiveReference live_reference_of(std::shared_ptr<const ServedModel> model) {
  const Corpus& corpus = model->corpus();
  const std::vector<std::uint32_t> counts = train_counts(*model->loaded_run().data.ranking);
  const std::vector<double> events(counts.begin(), counts.end());
  LiveReference reference{.catalogue = corpus.item_count(),
                          .histories = std::vector<double>(LiveEvaluation::kHistoryBins, 0),
                          .popularity = std::vector<double>(kPopularityBins + 1, 0)};
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    ++reference.histories[LiveEvaluation::history_bin(corpus.range_of(user).size())];
  }
  auto popularity = std::make_shared<const std::vector<std::uint8_t>>(popularity_bins(events));
  for (std::size_t item = 0; item < events.size(); ++item) reference.popularity[(*popularity)[item]] += events[item];
  for (std::size_t bin = 0; bin < kPopularityBins; ++bin) {
    reference.popularity_names.push_back(fmt::format("{}-{}%", bin * 10, bin * 10 + 10));
  }
  reference.popularity_names.emplace_back("without");
  auto categories = std::make_shared<const Categories>(categories_of(corpus.catalog(), events));
  reference.categories = categories->events;
  reference.category_names = categories->names;
  reference.bins_of = [model = std::move(model), popularity, categories](const std::string& key) {
    const auto item = model->corpus().catalog().find(key);
    if (!item) {
      return LiveReference::ItemBins{kPopularityBins, {static_cast<std::uint8_t>(categories->names.size() - 1)}};
    }
    return LiveReference::ItemBins{(*popularity)[*item], categories->of_items[*item]};
  };
  return reference;
}

}  // namespace p5
