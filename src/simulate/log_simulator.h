// A seeded log of simulated users, items and events, for trials without a data set: tastes that drift, brands and
// product lines, items that follow one another, ratings and reviews that agree with both. Not thread-safe per sink.
#pragma once

#include <cstdint>

#include "base/option_table.h"
#include "records/record_sink.h"

namespace p5 {

struct SimulateOptions {
  std::int64_t users = 2000;
  std::int64_t items = 1000;
  std::int64_t events = 40000;  // at least one per user
  std::int64_t seed = 2022;
  double review_share = 1.0;  // share of events that have a rating, a review and a headline
  double days = 1460;         // from the first event to about the last

  void bind(OptionTable& table);  // rows simulate.*
};

// Delivers every item, every user and exactly `events` interactions, user by user in time order; equal options give
// equal records. Memory grows with users and items, not with events. Throws a usage error for fewer events than users.
void simulate_log(const SimulateOptions& options, RecordSink& sink);

}  // namespace p5
