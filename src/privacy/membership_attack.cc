#include "privacy/membership_attack.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>

#include "base/rng.h"

namespace p5 {
namespace {

constexpr std::size_t kFewOwners = 5;
constexpr int kSamples = 1000;

using Groups = std::vector<std::vector<double>>;

Groups groups_of(const std::vector<ExampleLoss>& examples) {
  std::map<std::uint32_t, std::vector<double>> by_owner;
  for (const ExampleLoss& example : examples) by_owner[example.owner].push_back(example.loss);
  Groups groups;
  if (by_owner.size() >= kFewOwners) {
    for (auto& [owner, losses] : by_owner) groups.push_back(std::move(losses));
  } else {
    for (const ExampleLoss& example : examples) groups.push_back({example.loss});
  }
  return groups;
}

std::vector<double> drawn(const Groups& groups, Rng& rng) {
  std::vector<double> losses;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& group = groups[rng.below(groups.size())];
    losses.insert(losses.end(), group.begin(), group.end());
  }
  return losses;
}

// Mann and Whitney's statistic, by two sorted lists.
double auc_of(std::vector<double> members, std::vector<double> others) {
  std::ranges::sort(members);
  std::ranges::sort(others);
  double wins = 0;
  for (const double loss : members) {
    const auto [equal, above] = std::ranges::equal_range(others, loss);
    wins += static_cast<double>(others.end() - above) + 0.5 * static_cast<double>(above - equal);
  }
  return wins / (static_cast<double>(members.size()) * static_cast<double>(others.size()));
}

std::vector<double> all_of(const std::vector<ExampleLoss>& examples) {
  std::vector<double> losses;
  for (const ExampleLoss& example : examples) losses.push_back(example.loss);
  return losses;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

MembershipAttack attack_membership(const std::vector<ExampleLoss>& members, const std::vector<ExampleLoss>& others,
                                   std::uint64_t seed) {
  const std::vector<double> inside = all_of(members), outside = all_of(others);
  MembershipAttack attack{.auc = auc_of(inside, outside),
                          .members = members.size(),
                          .others = others.size(),
                          .member_loss = mean_of(inside),
                          .other_loss = mean_of(outside)};
  const Groups of_members = groups_of(members), of_others = groups_of(others);
  Rng rng(seed, "membership attack");
  std::vector<double> sampled;
  for (int i = 0; i < kSamples; ++i) {
    std::vector<double> left = drawn(of_members, rng);
    sampled.push_back(auc_of(std::move(left), drawn(of_others, rng)));
  }
  std::ranges::sort(sampled);
  attack.low = sampled[kSamples / 40];
  attack.high = sampled[kSamples - 1 - kSamples / 40];
  return attack;
}

}  // namespace p5
