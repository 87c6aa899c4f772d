// How the places of lists are shared among groups of items: popular, middling and rare ones, and categories.
// Thread-safe: a free function.
#pragma once

#include <span>
#include <vector>

#include "evaluate/beyond_accuracy.h"
#include "retrieval/item_features.h"

namespace p5 {

// Adds findings "exposure" / "popularity" / "head", "middle", "tail", and "exposure" / "category" / each of the twelve
// with the most items and "others". A place weighs exposure_of_place(); an item of several categories is divided
// equally among them. The value is the mean over users of the group's share of their list; `n` is the number of its
// items (of a category: that have it), `reference` its share of training events.
void add_item_exposure(std::span<const AnsweredQuestion> questions, const TrainFacts& facts,
                       const ItemFeatures& categories, std::vector<Finding>& findings);

}  // namespace p5
