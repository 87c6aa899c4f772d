// A small world in which the value of every policy is known: contexts, items with a chance of a click that depends on
// the context and the place, and policies that draw lists by the exponentials of scores. For tests and benchmarks of
// off-policy estimates.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.h"
#include "policy/target_policy.h"

namespace p5::test {

class SyntheticBandit {
 public:
  static constexpr std::size_t kContexts = 4, kItems = 6;
  using Scores = std::array<std::array<double, kItems>, kContexts>;

  // `kind` decides how lists are drawn: one after another without repetition, or each place from items of its own.
  SyntheticBandit(std::uint64_t seed, std::size_t places, PropensityKind kind) : places_(places), kind_(kind) {
    Rng rng(seed, "synthetic bandit");
    for (auto& row : click_) {
      for (double& chance : row) chance = 0.05 + 0.5 * rng.uniform();
    }
    for (auto& row : logging_) {
      for (double& score : row) score = 0.7 * rng.normal();
    }
    // The policy in question likes what is clicked.
    for (std::size_t c = 0; c < kContexts; ++c) {
      for (std::size_t a = 0; a < kItems; ++a) target_[c][a] = 3 * click_[c][a] + 0.3 * rng.normal();
    }
  }

  const Scores& logging() const { return logging_; }
  const Scores& target() const { return target_; }

  // By summing over all lists.
  double value(const Scores& scores) const {
    double sum = 0;
    for (std::size_t c = 0; c < kContexts; ++c) sum += value_below(scores, c, {}) / kContexts;
    return sum;
  }

  std::vector<LoggedDecision> log(std::size_t decisions, std::uint64_t seed) const {
    Rng rng(seed, "synthetic log");
    std::vector<LoggedDecision> all;
    for (std::size_t i = 0; i < decisions; ++i) {
      const std::size_t context = rng.below(kContexts);
      LoggedDecision decision{.id = std::to_string(i), .user = std::to_string(context), .kind = kind_};
      std::vector<std::size_t> above;
      for (std::size_t place = 0; place < places_; ++place) {
        const auto chances = chances_of(logging_, context, above);
        double lot = rng.uniform();
        std::size_t item = 0;
        while (item + 1 < kItems && (chances[item] == 0 || lot >= chances[item])) lot -= chances[item++];
        const double reward = rng.uniform() < click(context, item, place) ? 1 : 0;
        decision.shown.push_back({.item = name(item, place), .propensity = chances[item], .reward = reward});
        above.push_back(item);
      }
      all.push_back(std::move(decision));
    }
    return all;
  }

  // The probabilities of the items at the place after those above.
  std::array<double, kItems> chances_of(const Scores& scores, std::size_t context,
                                        const std::vector<std::size_t>& above) const {
    std::array<double, kItems> chances{};
    double total = 0;
    for (std::size_t a = 0; a < kItems; ++a) total += chances[a] = std::exp(scores[context][a]);
    if (kind_ == PropensityKind::kGivenAbove) {
      for (const std::size_t item : above) {
        total -= chances[item];
        chances[item] = 0;
      }
    }
    for (double& chance : chances) chance /= total;
    return chances;
  }
  // Items of different places are different ones where places are drawn apart.
  std::string name(std::size_t item, std::size_t place) const {
    return kind_ == PropensityKind::kGivenAbove ? std::to_string(item)
                                                : std::to_string(item) + "/" + std::to_string(place);
  }
  static std::size_t item_of(const std::string& name) { return static_cast<std::size_t>(name.front() - '0'); }
  std::size_t places() const { return places_; }

 private:
  double click(std::size_t context, std::size_t item, std::size_t place) const {
    return click_[context][item] / (1 + 0.5 * static_cast<double>(place));
  }
  double value_below(const Scores& scores, std::size_t context, const std::vector<std::size_t>& above) const {
    if (above.size() == places_) return 0;
    const auto chances = chances_of(scores, context, above);
    double sum = 0;
    for (std::size_t a = 0; a < kItems; ++a) {
      if (chances[a] == 0) continue;
      std::vector<std::size_t> next = above;
      next.push_back(a);
      sum += chances[a] * (click(context, a, above.size()) + value_below(scores, context, next));
    }
    return sum;
  }

  std::size_t places_;
  PropensityKind kind_;
  Scores click_{}, logging_{}, target_{};
};

// A policy of the world by its scores; its own list is a draw by the decision's id.
class SyntheticPolicy final : public TargetPolicy {
 public:
  SyntheticPolicy(const SyntheticBandit& world, const SyntheticBandit::Scores& scores, std::uint64_t seed = 1)
      : world_(&world), scores_(&scores), seed_(seed) {}

  std::string name() const override { return "synthetic"; }
  bool knows(const std::string&) const override { return true; }
  std::vector<PolicyView> look(std::span<const LoggedDecision> decisions) override {
    std::vector<PolicyView> views;
    for (const LoggedDecision& decision : decisions) {
      const auto context = static_cast<std::size_t>(std::stoul(decision.user));
      Rng rng(seed_, "own list of " + decision.id);
      PolicyView& view = views.emplace_back();
      std::vector<std::size_t> shown, own;
      for (std::size_t place = 0; place < world_->places(); ++place) {
        const std::size_t item = SyntheticBandit::item_of(decision.shown[place].item);
        view.target.push_back(world_->chances_of(*scores_, context, shown)[item]);
        shown.push_back(item);
        const auto chances = world_->chances_of(*scores_, context, own);
        auto& of_place = view.own.emplace_back();
        for (std::size_t a = 0; a < SyntheticBandit::kItems; ++a) {
          of_place.push_back({.item = world_->name(a, place), .probability = chances[a]});
        }
        double lot = rng.uniform();
        std::size_t drawn = 0;
        while (drawn + 1 < SyntheticBandit::kItems && (chances[drawn] == 0 || lot >= chances[drawn])) {
          lot -= chances[drawn++];
        }
        own.push_back(drawn);
      }
    }
    return views;
  }

 private:
  const SyntheticBandit* world_;
  const SyntheticBandit::Scores* scores_;
  std::uint64_t seed_;
};

}  // namespace p5::test
