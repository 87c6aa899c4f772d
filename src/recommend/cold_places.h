// Places in the lists of trained sources for items without training events, which they know nothing of.
// Thread-safe: free functions.
#pragma once

#include <memory>
#include <string_view>

#include "recommend/source_row.h"
#include "retrieval/candidate_source.h"
#include "retrieval/cold_items.h"

namespace p5 {

inline constexpr std::string_view kColdItems = "cold-items";

// The lists of the model, over all items, with places for items without training events.
std::unique_ptr<CandidateSource> with_cold_places(std::unique_ptr<CandidateSource> source, const SourceInputs& inputs);
// The source "cold-items", which inputs.part keeps where it is given. Null where cold.weight is 0, and where every item
// has a training event or none has content.
std::shared_ptr<const ColdItemsSource> open_cold_items(const SourceInputs& inputs);

}  // namespace p5
