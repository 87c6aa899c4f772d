#include "retrieval/event_weights.h"

namespace p5 {

std::vector<float> history_event_weights(const Split& split) {
  const auto all = split.corpus().weights();
  std::vector<float> weights;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (split.part_of(i) != Part::kUnused) weights.push_back(all[i]);
  }
  return weights;
}

}  // namespace p5
