// A corpus with its ratings on another scale, so that a model that knows one scale can be asked about any data: 8 of 1
// to 10 is 4.11 of 1 to 5. Thread-safe: a free function.
#pragma once

#include <memory>

#include "corpus/corpus.h"

namespace p5 {

// The corpus itself where it is on that scale already, or has no ratings. Ratings outside their scale count as its end.
std::shared_ptr<const Corpus> on_rating_scale(std::shared_ptr<const Corpus> corpus, const RatingScale& scale);

}  // namespace p5
