// How much each item of a history counts: the last items most. Thread-safe: pure functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/option_table.h"
#include "corpus/corpus.h"

namespace p5 {

struct HistoryWeights {
  std::int64_t history = 30;  // last items of a history that are used
  double recency = 0.6;       // the item `age` steps before the last weighs recency^age

  // Rows `section`.history and `section`.recency; `title` opens the help, as in "item-kNN".
  void bind(const OptionBinder& table, const std::string& section, const std::string& title) {
    table.add(section + ".history", &history,
              {.help = title + ": last items of a history that are used", .minimum = 1});
    table.add(section + ".recency", &recency,
              {.help = title + ": an item weighs this to the power of its age in steps", .minimum = 0, .maximum = 1});
  }

  // Calls use(item, weight) for the items that count, newest first. Items beyond `item_count` keep their place in time
  // and are left out.
  template <typename Use>
  void for_each(std::span<const ItemId> items, std::size_t item_count, Use&& use) const {
    const std::size_t looked_at = std::min(items.size(), static_cast<std::size_t>(history));
    double weight = 1.0;
    for (std::size_t age = 0; age < looked_at; ++age, weight *= recency) {
      const ItemId item = items[items.size() - 1 - age];
      if (item < item_count) use(item, static_cast<float>(weight));
    }
  }
};

}  // namespace p5
