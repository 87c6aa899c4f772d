#include "retrieval/recent_popularity_source.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "retrieval/user_item_sets.h"

namespace p5 {
namespace {

constexpr double kDay = 86'400'000.0;  // in milliseconds

}  // namespace

void RecentPopularityOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("recent.half_life_days", &half_life_days,
            {.help = "recent popularity: days after which an event weighs half", .minimum = 1e-3});
  table.add("recent.half_life_events", &half_life_events,
            {.help = "recent popularity, without times: later events of the user after which an event weighs half",
             .minimum = 1e-3});
}

RecentPopularitySource::RecentPopularitySource(const Split& split, const RecentPopularityOptions& options)
    : ScoringSource(split.corpus().item_count()) {
  require_histories(split, "recent popularity");
  const Corpus& corpus = split.corpus();
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = kNoTime;
  for (const std::size_t i : split.positions(Part::kTrain)) {
    const std::int64_t time = corpus.times()[i];
    if (time == kNoTime) continue;
    first = std::min(first, time);
    last = std::max(last, time);
  }
  std::vector<double> sums(item_count());
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const Corpus::Range range = corpus.range_of(user);
    std::size_t age = split.train_items(user).size();  // in train events, down to 0 for the newest
    for (std::size_t i = range.begin; i < range.end; ++i) {
      if (split.part_of(i) != Part::kTrain) continue;
      double half_lives = static_cast<double>(--age) / options.half_life_events;
      if (last != kNoTime) {
        const std::int64_t time = std::max(corpus.times()[i], first);
        half_lives = static_cast<double>(last - time) / kDay / options.half_life_days;
      }
      sums[corpus.items()[i]] += std::exp2(-half_lives);
    }
  }
  weights_.assign(sums.begin(), sums.end());
}

RecentPopularitySource::RecentPopularitySource(const FittedState& state, std::size_t item_count)
    : ScoringSource(item_count), weights_(state.get<float>("weights", item_count)) {}

FittedState RecentPopularitySource::state() const {
  FittedState state;
  state.put("weights", weights_);
  return state;
}

void RecentPopularitySource::score(const CandidateQuery& query, std::span<float> scores) const {
  std::copy(weights_.begin(), weights_.end(), scores.begin());
}

}  // namespace p5
