#include "retrieval/slim_rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <vector>

#include "base/interrupt.h"
#include "retrieval/user_item_sets.h"

namespace p5 {
namespace {

// Solves one column at a time. One a thread.
class ColumnSolver {
 public:
  ColumnSolver(const SparseRows& gram, std::span<const float> diagonal, const SlimOptions& options)
      : gram_(gram), diagonal_(diagonal), options_(options), rest_(gram.size()), weights_(gram.size()) {}

  // `products` are those of the inputs with the target, X^T y.
  std::vector<ItemWeight> solve(ItemId target, std::span<const ItemWeight> products) {
    std::fill(rest_.begin(), rest_.end(), 0.0f);
    std::vector<ItemId> candidates;
    for (const ItemWeight& entry : products) {
      rest_[entry.item] = entry.weight;
      // Gram entries are not negative, so the others stay at zero.
      if (entry.item != target && entry.weight > options_.l1) candidates.push_back(entry.item);
    }
    // Rounds over the weights that are not zero, until they rest; then one over all shows whether others should move.
    std::vector<ItemId> positive;
    for (std::int64_t round = 0; round < options_.rounds; ++round) {
      if (pass(candidates) <= options_.tolerance) break;
      positive.clear();
      std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(positive),
                   [&](ItemId item) { return weights_[item] > 0.0f; });
      for (; round + 1 < options_.rounds && pass(positive) > options_.tolerance; ++round) continue;
    }
    std::vector<ItemWeight> column;
    for (const ItemId item : candidates) {
      if (weights_[item] > 0.0f) column.push_back({item, weights_[item]});
      weights_[item] = 0.0f;
    }
    return column;
  }

 private:
  // The largest change.
  float pass(std::span<const ItemId> items) {
    float largest = 0.0f;
    for (const ItemId item : items) largest = std::max(largest, move(item));
    return largest;
  }

  // Sets one weight to its best value; returns by how much it changed.
  float move(ItemId item) {
    const float before = weights_[item];
    const float free = rest_[item] + diagonal_[item] * before - static_cast<float>(options_.l1);
    const float after = std::max(0.0f, free / (diagonal_[item] + static_cast<float>(options_.l2)));
    const float change = after - before;
    if (change == 0.0f) return 0.0f;
    weights_[item] = after;
    for (const ItemWeight& entry : gram_[item]) rest_[entry.item] -= change * entry.weight;
    return std::abs(change);
  }

  const SparseRows& gram_;
  std::span<const float> diagonal_;
  const SlimOptions& options_;
  std::vector<float> rest_;     // X^T (y - X w) [item_count]
  std::vector<float> weights_;  // [item_count], zero between columns
};

}  // namespace

void SlimOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("slim.l1", &l1, {.help = "SLIM: weight of the sum of coefficients; makes them zero", .minimum = 0});
  table.add("slim.l2", &l2, {.help = "SLIM: weight of their squares; makes them small", .minimum = 1e-6});
  table.add("slim.whole", &examples.whole,
            {.help = "SLIM: weight of whole histories that explain themselves, 0 = none", .minimum = 0});
  table.add("slim.ordered", &examples.ordered,
            {.help = "SLIM: weight of what comes before and after each place, 0 = none", .minimum = 0});
  table.add("slim.rounds", &rounds, {.help = "SLIM: most rounds of coordinate descent", .minimum = 1});
  table.add("slim.tolerance", &tolerance, {.help = "SLIM: largest change of a round at which it stops", .minimum = 0});
  weights.bind(table, "slim", "SLIM");
}

SparseRows fit_slim(const Split& split, const SlimOptions& options, std::size_t threads, const StopToken& stop) {
  require_histories(split, "SLIM");
  const std::size_t items = split.corpus().item_count();
  std::vector<ItemId> same(items);
  std::iota(same.begin(), same.end(), ItemId{0});
  ThreadPool pool(threads);
  const HistoryExamples examples = make_examples(split, options.examples, same);
  const SparseRows by_item = transpose(examples.inputs, items);
  const SparseRows gram = multiply(by_item, examples.inputs, items, pool);
  const SparseRows products = transpose(multiply(by_item, examples.targets, items, pool), items);
  std::vector<float> diagonal(items);
  for (ItemId item = 0; item < items; ++item) {
    for (const ItemWeight& entry : gram[item]) {
      if (entry.item == item) diagonal[item] = entry.weight;
    }
  }
  std::vector<std::vector<ItemWeight>> columns(items);
  std::vector<ColumnSolver> solvers(pool.size(), ColumnSolver(gram, diagonal, options));
  pool.parallel_for(items, 64, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    stop_if_requested(stop, "SLIM interrupted; nothing was written");
    for (std::size_t item = begin; item < end; ++item) {
      columns[item] = solvers[worker].solve(static_cast<ItemId>(item), products[item]);
    }
  });
  return transpose(SparseRows(std::move(columns)), items);
}

}  // namespace p5
