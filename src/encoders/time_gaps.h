// How long before each event the event before it was, in steps that double. Thread-safe: all const.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "corpus/split.h"

namespace p5 {

class TimeGaps {
 public:
  // 0: not known, or the first event; 1: under a minute; 2: under 2, 3: under 4, and so on; the last from 91 days on.
  static constexpr std::int64_t kSteps = 20;
  static std::uint8_t step_of(std::int64_t milliseconds);
  // The least milliseconds of a step from 2 on.
  static std::int64_t least_of(std::int64_t step);

  // Throws Corrupted (data) where no event has a time.
  explicit TimeGaps(const Split& split);

  // Of the first `count` used events of a user.
  std::span<const std::uint8_t> of_user(UserId user, std::size_t count) const;
  // Of a history: known where it is the beginning of the user's used events, else all 0.
  std::vector<std::uint8_t> of_history(UserId user, std::span<const ItemId> history) const;

 private:
  std::vector<std::size_t> begins_;  // [users + 1]
  std::vector<ItemId> items_;        // of the used events, user after user
  std::vector<std::uint8_t> steps_;  // the same
};

}  // namespace p5
