// The parts of a split. A plain value.
#pragma once

#include <cstdint>

namespace p5 {

// kUnused: in none of the three. Nobody learns from these events, sees them in a history or is asked for them: train
// events of hidden items, and what comes after the window of a sliding split.
enum class Part : std::uint8_t { kTrain, kValid, kTest, kUnused };

}  // namespace p5
