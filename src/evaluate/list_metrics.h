// Figures of recommended lists beside accuracy, each by its published definition; docs/protocol.md lists them.
// Thread-safe: pure functions. Lists are best first, and hold items of the catalogue only.
#pragma once

#include <cstdint>
#include <span>

#include "corpus/corpus.h"
#include "evaluate/train_facts.h"
#include "retrieval/item_similarity.h"

namespace p5 {

// Share of the catalogue that is in at least one list. `times` [item_count]: how often each item was recommended.
double coverage(std::span<const std::uint32_t> times);

// Gini index of how often items were recommended, those never recommended included: 0 where all are alike, near 1 where
// one has everything. sum over i of (2i - n - 1) times_(i) / (n sum of times), ascending. 0 for no recommendations.
double gini(std::span<const std::uint32_t> times);

// Mean self-information of the items, in bits: -log2 of the share of training users who took them (Zhou et al. 2010;
// "MIUF"). 0 for an empty list, as in all that follow.
double novelty(std::span<const ItemId> list, const TrainFacts& facts);

// Mean training events of the items.
double mean_popularity(std::span<const ItemId> items, const TrainFacts& facts);

// Mean of 1 - similarity over all pairs of the list (Ziegler et al. 2005). 0 for fewer than two items.
double intra_list_diversity(std::span<const ItemId> list, const ItemSimilarity& similarity);

// Mean over places of relevance times max(0, how high the item stands - how high popularity would put it), both from 0
// to 1: (n + 1 - rank) / n, where n is the catalogue's size and popular items share ranks (as RecTools); never trained
// ones are not expected at all. Relevant is the target alone.
double serendipity(std::span<const ItemId> list, ItemId target, const TrainFacts& facts);

// 1 / log2(place + 1): how much a place from 1 is looked at, as in NDCG (Singh and Joachims 2018 use it for exposure).
double exposure_of_place(std::size_t place);

}  // namespace p5
