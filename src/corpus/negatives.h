// Stored negatives of the direct tasks: for every user, items without an interaction. Thread-safe: a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

struct NegativeSamples {
  static constexpr ItemId kNone = ~ItemId{0};

  std::size_t count = 0;      // columns
  std::vector<ItemId> items;  // [users, count]; rows with fewer than `count` end in kNone

  // The user's negatives without padding.
  std::span<const ItemId> of(UserId user) const;
  // Over count and items. It is in reports, so that results are compared only under equal negatives.
  std::string sha256() const;
};

// `count` distinct items per user, uniform over those with events that are not in the user's whole history (train,
// validation and test); all of them when fewer than `count` remain. A user's draw depends only on the seed and the
// user's key.
NegativeSamples draw_negatives(const Corpus& corpus, std::size_t count, std::uint64_t seed);

}  // namespace p5
