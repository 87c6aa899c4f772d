#include "retrieval/ppmi_vectors.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "retrieval/symmetric_spectrum.h"
#include "retrieval/user_item_sets.h"
#include "retrieval/vector_rows.h"

namespace p5 {

void PpmiOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("ppmi.factors", &factors, {.help = "PPMI-SVD: number of factors", .minimum = 1, .maximum = 4096});
  table.add("ppmi.window", &window, {.help = "PPMI-SVD: pairs at most this many steps apart count", .minimum = 1});
  table.add("ppmi.gap_decay", &gap_decay,
            {.help = "PPMI-SVD: a pair `gap` steps apart weighs 1/(1 + this * (gap-1))", .minimum = 0});
  table.add("ppmi.smoothing", &smoothing, {.help = "PPMI-SVD: added to the counts of both items", .minimum = 0});
  table.add("ppmi.sharpness", &sharpness, {.help = "PPMI-SVD: power of the cosine of two vectors", .minimum = 0.1});
  table.add("ppmi.rounds", &rounds, {.help = "PPMI-SVD: rounds of subspace iteration", .minimum = 1});
  table.add("ppmi.seed", &seed, {.help = "PPMI-SVD: seed of the subspace that it begins with", .minimum = 0});
  table.add("ppmi.max_neighbors", &max_neighbors,
            {.help = "PPMI-SVD: strongest neighbors kept per item, 0 = all", .minimum = 0});
  weights.bind(table, "ppmi", "PPMI-SVD");
}

SparseRows count_ppmi(const Split& split, const PpmiOptions& options, ThreadPool& pool) {
  const UserItemSets sets(split, "PPMI-SVD");
  const auto window = static_cast<std::size_t>(options.window);
  std::vector<std::vector<ItemWeight>> rows(sets.item_count());
  std::vector<RowSums> sums(pool.size(), RowSums(sets.item_count()));
  pool.parallel_for(sets.item_count(), 64, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    for (ItemId item = static_cast<ItemId>(begin); item < end; ++item) {
      for (const UserId user : sets.users_of(item)) {
        const auto train = split.train_items(user);
        for (std::size_t at = 0; at < train.size(); ++at) {
          if (train[at] != item) continue;
          const std::size_t last = std::min(train.size(), at + window + 1);
          for (std::size_t i = at - std::min(at, window); i < last; ++i) {
            const double gap = i < at ? static_cast<double>(at - i) : static_cast<double>(i - at);
            if (i != at) sums[worker].add(train[i], static_cast<float>(1 / (1 + options.gap_decay * (gap - 1))));
          }
        }
      }
      rows[item] = sums[worker].take();
    }
  });
  std::vector<double> totals(rows.size());
  for (std::size_t item = 0; item < rows.size(); ++item) {
    for (const ItemWeight& entry : rows[item]) totals[item] += entry.weight;
  }
  const double all = std::accumulate(totals.begin(), totals.end(), 0.0);
  for (std::size_t item = 0; item < rows.size(); ++item) {
    for (ItemWeight& entry : rows[item]) {
      const double expected = (totals[item] + options.smoothing) * (totals[entry.item] + options.smoothing) / all;
      entry.weight = static_cast<float>(std::max(0.0, std::log(entry.weight / expected)));
    }
    std::erase_if(rows[item], [](const ItemWeight& entry) { return entry.weight == 0.0f; });
  }
  return SparseRows(std::move(rows));
}

std::vector<float> ppmi_vectors(const Split& split, const PpmiOptions& options, std::size_t& width, ThreadPool& pool,
                                const StopToken& stop) {
  const SparseRows matrix = count_ppmi(split, options, pool);
  const Eigenvectors found = largest_eigenvectors(
      matrix, {.count = static_cast<std::size_t>(options.factors), .rounds = options.rounds, .seed = options.seed},
      pool, stop);
  width = found.values.size();
  std::vector<float> vectors(matrix.size() * width);
  for (std::size_t f = 0; f < width; ++f) {
    const float root = std::sqrt(std::abs(found.values[f]));
    for (std::size_t item = 0; item < matrix.size(); ++item) {
      vectors[item * width + f] = root * found.vectors[f * matrix.size() + item];
    }
  }
  return vectors;
}

SparseRows compare_ppmi_vectors(const Split& split, const PpmiOptions& options, std::size_t threads,
                                const StopToken& stop) {
  ThreadPool pool(threads);
  std::size_t width = 0;
  std::vector<float> vectors = ppmi_vectors(split, options, width, pool, stop);
  return compare_vectors(std::move(vectors), width,
                         {.sharpness = options.sharpness, .most = static_cast<std::size_t>(options.max_neighbors)},
                         pool);
}

}  // namespace p5
