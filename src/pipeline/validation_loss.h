// How well a model knows the true answers of a part, whatever their form. Not thread-safe: it uses one model.
#pragma once

#include "examine/asked_run.h"

namespace p5 {

// Mean of -log p per answer token, over the true answers to questions of run.part(): of each trained family, the first
// trained prompt of each kind of question; at most evaluate.users users and evaluate.reviews reviews per prompt. Throws
// Interrupted between two batches, InvalidArgument (request) where the part has no question.
double validation_loss(const AskedRun& run);

}  // namespace p5
