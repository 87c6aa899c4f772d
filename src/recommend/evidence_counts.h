// The counts behind the evidence that a model sees. Thread-safe: a free function.
#pragma once

#include <cstddef>
#include <memory>

#include "corpus/data_splits.h"
#include "recommend/source_options.h"
#include "retrieval/neighbor_evidence.h"

namespace p5 {

// Counts the train part as evidence.source says, so that a training user can be left out. Null for "off". `threads` 0 =
// all cores.
std::shared_ptr<const NeighborEvidence> count_evidence(const SourceOptions& options, const DataSplits& data,
                                                       std::size_t threads = 0);

}  // namespace p5
