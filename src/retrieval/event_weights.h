// How much each event of a split counts for the sources that count. Thread-safe: free functions.
#pragma once

#include <vector>

#include "corpus/split.h"

namespace p5 {

// [events], aligned with split.history_items(); empty where all events count 1.
std::vector<float> history_event_weights(const Split& split);

}  // namespace p5
