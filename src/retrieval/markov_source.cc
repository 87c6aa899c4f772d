#include "retrieval/markov_source.h"

#include <algorithm>

#include "retrieval/item_rows_source.h"
#include "retrieval/user_item_sets.h"

namespace p5 {

void MarkovOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("markov.mass", &mass, {.help = "Markov chain: events that popularity counts as", .minimum = 1e-6});
  weights.bind(table, "markov", "Markov chain");
}

MarkovSource::MarkovSource(const Split& split, const MarkovOptions& options)
    : ScoringSource(split.corpus().item_count()), options_(options), popularity_(item_count()), left_(item_count()) {
  require_histories(split, "a Markov chain");
  std::vector<std::vector<ItemId>> next(item_count());
  double events = 0;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    const auto train = split.train_items(user);
    for (std::size_t i = 0; i < train.size(); ++i) {
      popularity_[train[i]] += 1.0f;
      if (i > 0) next[train[i - 1]].push_back(train[i]);
    }
    events += static_cast<double>(train.size());
  }
  for (float& share : popularity_) share = static_cast<float>(share / std::max(events, 1.0));
  RowSums sums(item_count());
  for (ItemId item = 0; item < item_count(); ++item) {
    const double all = static_cast<double>(next[item].size()) + options.mass;
    left_[item] = static_cast<float>(options.mass / all);
    for (const ItemId other : next[item]) sums.add(other, 1.0f);
    std::vector<ItemWeight> row = sums.take();
    for (ItemWeight& entry : row) entry.weight = static_cast<float>(entry.weight / all);
    steps_.push_back(row);
  }
}

MarkovSource::MarkovSource(const FittedState& state, const MarkovOptions& options, std::size_t item_count)
    : ScoringSource(item_count),
      options_(options),
      popularity_(state.get<float>("popularity", item_count)),
      left_(state.get<float>("left", item_count)),
      steps_(state, item_count, item_count) {}

FittedState MarkovSource::state() const {
  FittedState state;
  state.put("popularity", popularity_);
  state.put("left", left_);
  steps_.put(state);
  return state;
}

void MarkovSource::score(const CandidateQuery& query, std::span<float> scores) const {
  float left = 0.0f;
  bool any = false;
  options_.weights.for_each(query.history, item_count(), [&](ItemId item, float weight) {
    left += weight * left_[item];
    any = true;
  });
  if (!any) left = 1.0f;
  for (ItemId item = 0; item < scores.size(); ++item) scores[item] = left * popularity_[item];
  add_rows(steps_, options_.weights, query.history, scores);
}

}  // namespace p5
