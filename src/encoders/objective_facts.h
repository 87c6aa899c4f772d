// What objectives know besides histories: attributes of items, triplets, the mean of ratings. A plain value;
// thread-safe: a free function.
#pragma once

#include <span>

#include "corpus/split.h"
#include "encoders/item_attributes.h"
#include "encoders/knowledge_graph.h"
#include "encoders/objective_list.h"

namespace p5 {

struct ObjectiveFacts {
  ItemAttributes attributes;
  KnowledgeGraph graph;
  double rating_mean = 0.0, rating_deviation = 1.0;  // of the train parts
};

// What the objectives of the mix need, and no more. `items`: the first ones of the catalogue. Throws Corrupted (data),
// naming the missing column, where the corpus lacks it.
ObjectiveFacts read_objective_facts(const Split& split, const EncoderOptions& options, std::size_t items);

}  // namespace p5
