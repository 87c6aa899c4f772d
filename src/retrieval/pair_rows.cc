#include "retrieval/pair_rows.h"

#include <cmath>
#include <vector>

#include "retrieval/user_item_sets.h"

namespace p5 {
namespace {

void bind(OptionTable& options, const std::string& section, const std::string& title, PairOptions& fields) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add(section + ".shrinkage", &fields.shrinkage,
            {.help = title + ": added below the line, so that rare pairs count less", .minimum = 0});
  table.add(section + ".max_neighbors", &fields.max_neighbors,
            {.help = title + ": strongest neighbors kept per item, 0 = all", .minimum = 0});
  fields.weights.bind(table, section, title);
}

}  // namespace

void PairOptions::bind_cosine(OptionTable& table) { bind(table, "cosine", "item-kNN by cosine", *this); }

void PairOptions::bind_conditional(OptionTable& options) {
  const std::string title = "item-kNN by conditional probability";
  bind(options, "conditional", title, *this);
  const OptionBinder table(options, OptionScope::kReport);
  table.add("conditional.popularity", &popularity,
            {.help = title + ": popular items are divided by their number of users to this power",
             .minimum = 0,
             .maximum = 1});
}

SparseRows measure_pairs(const Split& split, PairMeasure measure, const PairOptions& options, std::size_t threads) {
  const UserItemSets sets(split, "item-kNN");
  const auto count_of = [&](ItemId item) { return static_cast<double>(sets.users_of(item).size()); };
  const auto similarity = [&](double both, ItemId a, ItemId b) {
    if (measure == PairMeasure::kCosine) return both / (std::sqrt(count_of(a) * count_of(b)) + options.shrinkage);
    return both / ((count_of(a) + options.shrinkage) * std::pow(count_of(b), options.popularity));
  };
  std::vector<float> user_weights(sets.user_count(), 1.0f);
  if (measure == PairMeasure::kConditional) {
    for (UserId user = 0; user < sets.user_count(); ++user) {
      const double size = static_cast<double>(sets.items_of(user).size());
      if (size > 0) user_weights[user] = static_cast<float>(1.0 / std::sqrt(size));
    }
  }
  std::vector<std::vector<ItemWeight>> rows(sets.item_count());
  ThreadPool pool(threads);
  std::vector<RowSums> sums(pool.size(), RowSums(sets.item_count()));
  pool.parallel_for(sets.item_count(), 64, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    for (ItemId item = static_cast<ItemId>(begin); item < end; ++item) {
      for (const UserId user : sets.users_of(item)) {
        for (const ItemId other : sets.items_of(user)) {
          if (other != item) sums[worker].add(other, user_weights[user]);
        }
      }
      rows[item] = sums[worker].take();
      for (ItemWeight& entry : rows[item]) {
        entry.weight = static_cast<float>(similarity(entry.weight, item, entry.item));
      }
      keep_strongest(rows[item], static_cast<std::size_t>(options.max_neighbors));
    }
  });
  return SparseRows(std::move(rows));
}

}  // namespace p5
