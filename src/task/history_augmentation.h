// Changed copies of a training history, so that few users give many different inputs (Xie et al. 2022, "Contrastive
// Learning for Sequential Recommendation": crop, mask and reorder; here as plain augmentation). The newest item always
// stays where it is: the target follows it. Thread-safe: a free function.
#pragma once

#include <span>
#include <vector>

#include "base/rng.h"
#include "corpus/corpus.h"
#include "task/task_options.h"

namespace p5 {

// `history` and the result run from old to new; the result is empty only if `history` is. In this order: up to two of
// the oldest items dropped (options.random_start); with probability options.crop all items before a random one; each
// item with probability options.mask; with probability options.reorder a random stretch of at most half of the items
// shuffled. Steps that are off draw no random number.
std::vector<ItemId> augment_history(std::span<const ItemId> history, const TaskOptions& options, Rng& rng);

}  // namespace p5
