// Which users' events make training examples where only some are to (task.label_share): what a model learns from few
// labels. Thread-safe: a free function.
#pragma once

#include "corpus/corpus.h"
#include "task/sampler_inputs.h"

namespace p5 {

// A share that is drawn by the user's key, so that it holds for every family, and a smaller share is part of a larger.
bool has_label(const SamplerInputs& inputs, const Corpus& corpus, UserId user);

}  // namespace p5
