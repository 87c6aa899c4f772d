#include "retrieval/history_examples.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace p5 {
namespace {

// Sums of a few items, ascending; repeats of an item are added up.
class SmallSums {
 public:
  void add(ItemId item, double weight) {
    if (item != kNoPosition) sums_[item] += weight;
  }
  void add_once(ItemId item, double weight) {
    if (item != kNoPosition) sums_[item] = weight;
  }
  std::vector<ItemWeight> take() {
    std::vector<ItemWeight> row;
    for (const auto& [item, sum] : sums_) row.push_back({item, static_cast<float>(sum)});
    sums_.clear();
    return row;
  }

 private:
  std::map<ItemId, double> sums_;
};

class ExampleWriter {
 public:
  ExampleWriter(const ExampleOptions& options, HistoryExamples& examples)
      : options_(options), examples_(examples), root_(std::sqrt(options.ordered)) {}

  void add_whole(std::span<const ItemId> history) {
    for (const ItemId item : history) sums_.add_once(item, std::sqrt(options_.whole));
    const std::vector<ItemWeight> row = sums_.take();
    if (row.empty()) return;
    examples_.inputs.push_back(row);
    examples_.targets.push_back(row);
  }

  void add_ordered(std::span<const ItemId> history) {
    const auto window = static_cast<std::size_t>(options_.window);
    const std::size_t most = std::min(history.size(), static_cast<std::size_t>(options_.places));
    const auto items = history.last(most);
    for (std::size_t place = 1; place < items.size(); ++place) {
      double weight = root_;
      for (std::size_t gap = 0; gap < std::min(window, place); ++gap, weight *= options_.before_decay) {
        sums_.add(items[place - 1 - gap], weight);
      }
      const std::vector<ItemWeight> before = sums_.take();
      weight = root_;
      for (std::size_t gap = 0; gap < std::min(window, items.size() - place); ++gap, weight *= options_.after_decay) {
        sums_.add(items[place + gap], weight);
      }
      examples_.inputs.push_back(before);
      examples_.targets.push_back(sums_.take());
    }
  }

 private:
  const ExampleOptions& options_;
  HistoryExamples& examples_;
  double root_;
  SmallSums sums_;
};

}  // namespace

HistoryExamples make_examples(const Split& split, const ExampleOptions& options, std::span<const ItemId> position_of) {
  HistoryExamples examples;
  examples.user_begins.push_back(0);
  ExampleWriter writer(options, examples);
  std::vector<ItemId> history;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    history.clear();
    for (const ItemId item : split.train_items(user)) history.push_back(position_of[item]);
    if (options.whole > 0) writer.add_whole(history);
    if (options.ordered > 0) writer.add_ordered(history);
    examples.user_begins.push_back(examples.inputs.size());
  }
  return examples;
}

}  // namespace p5
