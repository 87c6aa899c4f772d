#include "evaluate/item_exposure.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "evaluate/estimate.h"
#include "evaluate/list_metrics.h"

namespace p5 {
namespace {

constexpr std::size_t kMostCategories = 12;

// Groups of items; an item may belong to several, with shares that sum to 1 or, where it belongs to none, 0.
struct ItemGroups {
  std::string name;  // "popularity"
  std::vector<std::string> groups;
  std::vector<std::vector<std::pair<std::size_t, double>>> of_item;  // [item_count]: group and share
};

ItemGroups popularity_groups(const TrainFacts& facts) {
  ItemGroups groups{.name = "popularity", .groups = {"head", "middle", "tail"}, .of_item = {}};
  for (const TrainFacts::Band band : facts.band) groups.of_item.push_back({{static_cast<std::size_t>(band), 1.0}});
  return groups;
}

// The group of each category: its own for those with the most items, else the last.
ItemGroups category_groups(const ItemFeatures& categories) {
  std::vector<std::size_t> items(categories.feature_count()), order(categories.feature_count());
  for (ItemId item = 0; item < categories.item_count(); ++item) {
    for (const std::uint32_t category : categories.of(item)) ++items[category];
  }
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return items[a] > items[b]; });
  ItemGroups groups{.name = "category", .groups = {}, .of_item = {}};
  std::vector<std::size_t> group_of(order.size(), std::min(order.size(), kMostCategories));
  for (std::size_t i = 0; i < std::min(order.size(), kMostCategories); ++i) {
    group_of[order[i]] = i;
    groups.groups.push_back(categories.name(static_cast<std::uint32_t>(order[i])));
  }
  if (order.size() > kMostCategories) groups.groups.emplace_back("others");
  for (ItemId item = 0; item < categories.item_count(); ++item) {
    const auto own = categories.of(item);
    auto& shares = groups.of_item.emplace_back();
    for (const std::uint32_t category : own) {
      shares.emplace_back(group_of[category], 1.0 / static_cast<double>(own.size()));
    }
  }
  return groups;
}

// [groups]: each group's share of the exposure of the list's items that are in any group; all 0 where none is.
std::vector<double> shares_of(std::span<const ItemId> list, const ItemGroups& groups) {
  std::vector<double> shares(groups.groups.size());
  double total = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const double weight = exposure_of_place(i + 1);
    for (const auto& [group, share] : groups.of_item[list[i]]) {
      shares[group] += weight * share;
      total += weight * share;
    }
  }
  if (total > 0) {
    for (double& share : shares) share /= total;
  }
  return shares;
}

void add_groups(std::span<const AnsweredQuestion> questions, const TrainFacts& facts, const ItemGroups& groups,
                std::vector<Finding>& findings) {
  std::vector<std::vector<double>> per_user(groups.groups.size());
  for (const AnsweredQuestion& question : questions) {
    const std::vector<double> shares = shares_of(question.list, groups);
    if (std::all_of(shares.begin(), shares.end(), [](double share) { return share == 0; })) continue;
    for (std::size_t group = 0; group < shares.size(); ++group) per_user[group].push_back(shares[group]);
  }
  std::vector<double> events(groups.groups.size());
  std::vector<std::size_t> items(groups.groups.size());
  double all_events = 0;
  for (std::size_t item = 0; item < groups.of_item.size(); ++item) {
    std::size_t last = groups.groups.size();
    for (const auto& [group, share] : groups.of_item[item]) {
      events[group] += share * static_cast<double>(facts.events_of[item]);
      all_events += share * static_cast<double>(facts.events_of[item]);
      items[group] += group != last ? 1 : 0;
      last = group;
    }
  }
  for (std::size_t group = 0; group < groups.groups.size(); ++group) {
    const Estimate mean = mean_estimate(per_user[group]);
    findings.push_back({.path = {"exposure", groups.name, groups.groups[group]},
                        .value = mean.value,
                        .margin = mean.margin,
                        .n = items[group],
                        .reference = all_events > 0 ? events[group] / all_events : 0});
  }
}

}  // namespace

void add_item_exposure(std::span<const AnsweredQuestion> questions, const TrainFacts& facts,
                       const ItemFeatures& categories, std::vector<Finding>& findings) {
  add_groups(questions, facts, popularity_groups(facts), findings);
  if (categories.feature_count() > 0) add_groups(questions, facts, category_groups(categories), findings);
}

}  // namespace p5
