#include "pipeline/played_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "p5/error.h"
#include "pipeline/visit_features.h"
#include "policy/linear_bandit.h"
#include "retrieval/exploring_reranker.h"

namespace p5 {
namespace {

using Items = std::vector<std::uint32_t>;

// The items that are out by their scores, the best first, equal ones by number.
Items best_of(const InteractiveWorld& world, std::size_t k, const std::function<double(std::uint32_t)>& score) {
  std::vector<std::pair<double, std::uint32_t>> scored;
  for (const std::uint32_t item : world.items()) scored.emplace_back(-score(item), item);
  const std::size_t wanted = std::min(k, scored.size());
  std::ranges::partial_sort(scored, scored.begin() + static_cast<std::ptrdiff_t>(wanted));
  Items items;
  for (std::size_t i = 0; i < wanted; ++i) items.push_back(scored[i].second);
  return items;
}

class OraclePolicy final : public PlayedPolicy {
 public:
  explicit OraclePolicy(const InteractiveWorld& world) : world_(&world) {}
  Items list(std::uint32_t user, std::size_t k) override {
    return best_of(*world_, k, [&](std::uint32_t item) { return world_->appeal(user, item); });
  }
  void learn(std::uint32_t, std::span<const std::uint32_t>, const std::vector<bool>&) override {}

 private:
  const InteractiveWorld* world_;
};

class RandomPolicy final : public PlayedPolicy {
 public:
  RandomPolicy(const InteractiveWorld& world, std::uint64_t seed) : world_(&world), rng_(seed, "random lists") {}
  Items list(std::uint32_t, std::size_t k) override {
    Items items(world_->items().begin(), world_->items().end());
    rng_.shuffle(std::span(items));
    items.resize(std::min(k, items.size()));
    return items;
  }
  void learn(std::uint32_t, std::span<const std::uint32_t>, const std::vector<bool>&) override {}

 private:
  const InteractiveWorld* world_;
  Rng rng_;
};

// By the share of showings that were clicked, the same for everybody.
class PopularPolicy final : public PlayedPolicy {
 public:
  explicit PopularPolicy(const InteractiveWorld& world) : world_(&world), features_(world) {}
  Items list(std::uint32_t, std::size_t k) override {
    return best_of(*world_, k, [&](std::uint32_t item) { return features_.rate_of(item); });
  }
  void learn(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) override {
    features_.count(user, list, clicks);
  }

 private:
  const InteractiveWorld* world_;
  VisitFeatures features_;
};

// A linear model of clicks, and how it chooses by what it knows.
class LinearPolicy : public PlayedPolicy {
 public:
  explicit LinearPolicy(const InteractiveWorld& world)
      : world_(&world), features_(world), bandit_(VisitFeatures::kCount) {}
  void learn(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) override {
    for (std::size_t place = 0; place < list.size(); ++place) {
      bandit_.learn(features_.of(user, list[place]), clicks[place] ? 1 : 0);
    }
    features_.count(user, list, clicks);
  }

 protected:
  const InteractiveWorld* world_;
  VisitFeatures features_;
  LinearBandit bandit_;
};

class LinUcbPolicy final : public LinearPolicy {
 public:
  LinUcbPolicy(const InteractiveWorld& world, double alpha) : LinearPolicy(world), alpha_(alpha) {}
  Items list(std::uint32_t user, std::size_t k) override {
    return best_of(*world_, k, [&](std::uint32_t item) {
      const auto x = features_.of(user, item);
      return bandit_.predict(x) + alpha_ * bandit_.uncertainty(x);
    });
  }

 private:
  double alpha_;
};

class ThompsonPolicy final : public LinearPolicy {
 public:
  ThompsonPolicy(const InteractiveWorld& world, double scale, std::uint64_t seed)
      : LinearPolicy(world), scale_(scale), rng_(seed, "thompson") {}
  Items list(std::uint32_t user, std::size_t k) override {
    const std::vector<double> theta = bandit_.draw_theta(scale_, rng_);
    return best_of(*world_, k, [&](std::uint32_t item) {
      const auto x = features_.of(user, item);
      return std::inner_product(x.begin(), x.end(), theta.begin(), 0.0);
    });
  }

 private:
  double scale_;
  Rng rng_;
};

// The model's predictions as a pool of candidates, in the order that an exploration policy draws; without one, as they
// are.
class DrawnPolicy final : public LinearPolicy {
 public:
  DrawnPolicy(const InteractiveWorld& world, RerankOptions::Method method, double strength, std::uint64_t seed)
      : LinearPolicy(world),
        reranker_(make_exploration_policy({.method = method, .strength = strength}), /*fixed=*/0, seed) {}
  Items list(std::uint32_t user, std::size_t k) override {
    std::vector<Candidate> pool;
    std::unordered_map<std::uint32_t, float> scores;
    for (const std::uint32_t item : best_of(*world_, kPool, [&](std::uint32_t each) {
           const double score = bandit_.predict(features_.of(user, each));
           scores[each] = static_cast<float>(score);
           return score;
         })) {
      pool.push_back({.item = item, .score = scores[item]});
    }
    const std::string draw = fmt::format("visit {}", visits_++);
    Items items;
    for (const RankedCandidate& each : reranker_.rerank({.draw = draw}, pool, k)) items.push_back(each.candidate.item);
    return items;
  }

 private:
  static constexpr std::size_t kPool = 100;  // as rerank.pool
  ExploringReranker reranker_;
  std::uint64_t visits_ = 0;
};

struct PlayRow {
  const char* name;
  std::unique_ptr<PlayedPolicy> (*make)(const InteractiveWorld& world, const PlayOptions& options, std::uint64_t seed);
};

template <RerankOptions::Method kMethod, double PlayOptions::*kStrength>
std::unique_ptr<PlayedPolicy> make_drawn(const InteractiveWorld& world, const PlayOptions& options,
                                         std::uint64_t seed) {
  return std::make_unique<DrawnPolicy>(world, kMethod, options.*kStrength, seed);
}

using Method = RerankOptions::Method;
constexpr std::array kPlayed{
    PlayRow{"random",
            [](const InteractiveWorld& world, const PlayOptions&, std::uint64_t seed) -> std::unique_ptr<PlayedPolicy> {
              return std::make_unique<RandomPolicy>(world, seed);
            }},
    PlayRow{"popularity",
            [](const InteractiveWorld& world, const PlayOptions&, std::uint64_t) -> std::unique_ptr<PlayedPolicy> {
              return std::make_unique<PopularPolicy>(world);
            }},
    PlayRow{"greedy", make_drawn<Method::kNone, &PlayOptions::epsilon>},
    PlayRow{"epsilon", make_drawn<Method::kEpsilon, &PlayOptions::epsilon>},
    PlayRow{"softmax", make_drawn<Method::kShuffle, &PlayOptions::temperature>},
    PlayRow{"squarecb", make_drawn<Method::kSquareCb, &PlayOptions::squarecb>},
    PlayRow{"linucb",
            [](const InteractiveWorld& world, const PlayOptions& options, std::uint64_t)
                -> std::unique_ptr<PlayedPolicy> { return std::make_unique<LinUcbPolicy>(world, options.alpha); }},
    PlayRow{"thompson",
            [](const InteractiveWorld& world, const PlayOptions& options,
               std::uint64_t seed) -> std::unique_ptr<PlayedPolicy> {
              return std::make_unique<ThompsonPolicy>(world, options.thompson, seed);
            }},
    PlayRow{"oracle",
            [](const InteractiveWorld& world, const PlayOptions&, std::uint64_t) -> std::unique_ptr<PlayedPolicy> {
              return std::make_unique<OraclePolicy>(world);
            }}};

}  // namespace

void PlayOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("play.policies", &policies,
            {.help = fmt::format("policies that are compared: {}", fmt::join(played_policies(), ", "))});
  table.add("play.k", &k, {.help = "items of a list", .minimum = 1, .maximum = 1000});
  table.add("play.seeds", &seeds, {.help = "worlds, whose seeds follow one another", .minimum = 1, .maximum = 1000});
  table.add("play.epsilon", &epsilon, {.help = "epsilon: share of draws at random", .minimum = 0, .maximum = 1});
  table.add("play.temperature", &temperature,
            {.help = "softmax: temperature over relevance from 0 to 1", .minimum = 0, .maximum = 1});
  table.add("play.squarecb", &squarecb,
            {.help = "squarecb: strength; gamma is the items times (1 / strength - 1)", .minimum = 0, .maximum = 1});
  table.add("play.alpha", &alpha,
            {.help = "linucb: standard errors that are added to a prediction", .minimum = 0, .maximum = 100});
  table.add("play.thompson", &thompson,
            {.help = "thompson: standard errors that models are drawn with", .minimum = 0, .maximum = 100});
  table.add(
      "play.update_visits", &update_visits,
      {.help = "with --update: lists after which a round is tried; 0 = those of a day", .minimum = 0, .maximum = 1e9});
}

std::vector<std::string> played_policies() {
  std::vector<std::string> names;
  for (const PlayRow& row : kPlayed) names.emplace_back(row.name);
  return names;
}

std::unique_ptr<PlayedPolicy> make_played_policy(const std::string& name, const InteractiveWorld& world,
                                                 const PlayOptions& options, std::uint64_t seed) {
  for (const PlayRow& row : kPlayed) {
    if (name == row.name) return row.make(world, options, seed);
  }
  throw usage_error("no such policy", {.where = "play.policies",
                                       .expected = fmt::format("{}", fmt::join(played_policies(), ", ")),
                                       .got = "'" + name + "'"});
}

}  // namespace p5
