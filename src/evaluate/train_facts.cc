#include "evaluate/train_facts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace p5 {
namespace {

std::vector<std::uint32_t> dense_ranks(const std::vector<std::uint32_t>& counts) {
  std::vector<std::uint32_t> distinct(counts);
  std::sort(distinct.begin(), distinct.end(), std::greater<>());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<std::uint32_t> ranks(counts.size());
  for (std::size_t item = 0; item < counts.size(); ++item) {
    if (counts[item] == 0) continue;
    const auto at = std::lower_bound(distinct.begin(), distinct.end(), counts[item], std::greater<>());
    ranks[item] = static_cast<std::uint32_t>(at - distinct.begin()) + 1;
  }
  return ranks;
}

std::vector<TrainFacts::Band> bands(const std::vector<std::uint32_t>& counts, std::size_t events) {
  std::vector<ItemId> order(counts.size());
  std::iota(order.begin(), order.end(), ItemId{0});
  std::stable_sort(order.begin(), order.end(), [&](ItemId a, ItemId b) { return counts[a] > counts[b]; });
  std::vector<TrainFacts::Band> found(counts.size(), TrainFacts::Band::kTail);
  std::size_t above = 0;  // events of more popular items
  for (const ItemId item : order) {
    if (counts[item] > 0 && 3 * above < 2 * events) {
      found[item] = 3 * above < events ? TrainFacts::Band::kHead : TrainFacts::Band::kMiddle;
    }
    above += counts[item];
  }
  return found;
}

}  // namespace

TrainFacts::TrainFacts(const Split& split)
    : events_of(split.corpus().items_with_events()), users_of(split.corpus().items_with_events()) {
  const Corpus& corpus = split.corpus();
  std::vector<UserId> last_user(events_of.size(), ~UserId{0});
  UserId last = ~UserId{0};
  for (const std::size_t i : split.positions(Part::kTrain)) {
    const UserId user = corpus.users()[i];
    const ItemId item = corpus.items()[i];
    ++events;
    ++events_of[item];
    users += user != last ? 1 : 0;
    users_of[item] += user != last_user[item] ? 1 : 0;
    last = last_user[item] = user;
  }
  popularity_rank = dense_ranks(events_of);
  band = bands(events_of, events);
}

double TrainFacts::self_information(ItemId item) const {
  const auto takers = static_cast<double>(std::max<std::uint32_t>(1, users_of[item]));
  return -std::log2(takers / static_cast<double>(std::max<std::size_t>(1, users)));
}

}  // namespace p5
