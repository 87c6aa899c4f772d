#include "retrieval/implicit_als.h"

#include <cmath>
#include <span>
#include <vector>

#include "base/interrupt.h"
#include "base/rng.h"
#include "retrieval/user_item_sets.h"

namespace p5 {
namespace {

// Solves one side with the other held fixed. `ids_of(row)` are the rows of `fixed` that were observed with `row`.
template <typename IdsOf>
void solve_side(std::span<float> solved, std::span<const float> fixed, const AlsOptions& options, const IdsOf& ids_of,
                ThreadPool& pool) {
  const auto width = static_cast<std::size_t>(options.factors);
  const std::vector<double> gram = gram_of(fixed, width);
  const double others = static_cast<double>(fixed.size() / width);
  const auto solve = [&](std::size_t row, std::vector<double>& a, std::vector<double>& b) {
    a = gram;
    b.assign(width, 0.0);
    const auto ids = ids_of(row);
    for (const std::uint32_t id : ids) {
      const float* q = fixed.data() + id * width;
      for (std::size_t i = 0; i < width; ++i) {
        const double scaled = options.alpha * q[i];
        for (std::size_t j = 0; j <= i; ++j) a[i * width + j] += scaled * q[j];
        b[i] += scaled;
      }
    }
    const double ridge =
        options.lambda * std::pow(options.alpha * static_cast<double>(ids.size()) + others, options.frequency);
    for (std::size_t i = 0; i < width; ++i) a[i * width + i] += ridge;
    solve_positive_definite(a, b);
    for (std::size_t i = 0; i < width; ++i) solved[row * width + i] = static_cast<float>(b[i]);
  };
  pool.parallel_for(solved.size() / width, 64, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<double> a, b;
    for (std::size_t row = begin; row < end; ++row) solve(row, a, b);
  });
}

}  // namespace

void AlsOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("als.factors", &factors, {.help = "implicit ALS: number of factors", .minimum = 1, .maximum = 1024});
  table.add("als.alpha", &alpha,
            {.help = "implicit ALS: weight of an observed pair against one of all pairs", .minimum = 1e-6});
  table.add("als.lambda", &lambda, {.help = "implicit ALS: regularization", .minimum = 1e-9});
  table.add("als.frequency", &frequency,
            {.help = "implicit ALS: regularization grows with the number of events to the power of this",
             .minimum = 0,
             .maximum = 1});
  table.add("als.initial_std", &initial_std,
            {.help = "implicit ALS: standard deviation of the initial factors", .minimum = 1e-9, .maximum = 10});
  table.add("als.rounds", &rounds, {.help = "implicit ALS: rounds of solving users and items", .minimum = 1});
  table.add("als.seed", &seed, {.help = "implicit ALS: seed of the initial factors", .minimum = 0});
  weights.bind(table, "als", "implicit ALS");
}

FoldIn AlsOptions::fold_in(std::size_t items) const {
  return {.alpha = alpha, .lambda = lambda * std::pow(static_cast<double>(items), frequency), .weights = weights};
}

ItemFactors fit_implicit_als(const Split& split, const AlsOptions& options, std::size_t threads,
                             const StopToken& stop) {
  const UserItemSets sets(split, "implicit ALS");
  const auto width = static_cast<std::size_t>(options.factors);
  ItemFactors items{.width = width,
                    .factors = std::vector<float>(sets.item_count() * width),
                    .biases = std::vector<float>(sets.item_count())};
  std::vector<float> users(sets.user_count() * width);
  Rng rng(options.seed, "implicit als");
  const double scale = options.initial_std / std::sqrt(static_cast<double>(width));
  for (float& factor : items.factors) factor = static_cast<float>(scale * rng.normal());
  ThreadPool pool(threads);
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    stop_if_requested(stop, "implicit ALS interrupted; nothing was written");
    solve_side(
        users, items.factors, options, [&](std::size_t user) { return sets.items_of(static_cast<UserId>(user)); },
        pool);
    solve_side(
        items.factors, users, options, [&](std::size_t item) { return sets.users_of(static_cast<ItemId>(item)); },
        pool);
  }
  return items;
}

}  // namespace p5
