// What the training of a served run had, for the daemon's live evaluation to compare with. Thread-safe: a free
// function.
#pragma once

#include <memory>

#include "online/live_evaluation.h"
#include "serve/served_model.h"

namespace p5 {

// Users by the length of their histories, training events by ten groups of items with about equally many events each,
// and by the 20 categories that have most of them. Keeps the model.
LiveReference live_reference_of(std::shared_ptr<const ServedModel> model);

}  // namespace p5
