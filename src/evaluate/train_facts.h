// What the train part says about items that have events: how often and by how many users each was taken. Measures of
// lists read it. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "corpus/split.h"

namespace p5 {

struct TrainFacts {
  explicit TrainFacts(const Split& split);

  std::size_t users = 0, events = 0;     // users with a train event; train events
  std::vector<std::uint32_t> events_of;  // [item_count]
  std::vector<std::uint32_t> users_of;   // [item_count]: distinct
  // [item_count]: 1 for the items with the most events, 2 for those with the second most, ...: equal counts share a
  // rank. 0: never trained.
  std::vector<std::uint32_t> popularity_rank;
  // Items by popularity: of the most popular ones, as many as hold a third of the events are the head, the next third
  // is the middle, the rest, never trained ones included, the tail.
  enum class Band : std::uint8_t { kHead, kMiddle, kTail };
  std::vector<Band> band;  // [item_count]

  std::size_t item_count() const { return events_of.size(); }  // Corpus::items_with_events()
  // -log2 of the share of users who took the item; an item that nobody took counts as taken by one (as in RecTools).
  double self_information(ItemId item) const;
};

}  // namespace p5
