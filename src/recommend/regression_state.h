// A regression on words as arrays of a fitted state: "words" (UTF-8, each followed by a line end) and "weights".
// Thread-safe: free functions.
#pragma once

#include <cstddef>

#include "retrieval/fitted_state.h"
#include "text/word_regression.h"

namespace p5 {

// REQUIRES words without line ends.
void put_regression(const WordRegression& regression, FittedState& state);
// Throws Corrupted (model) where the arrays do not belong together.
WordRegression regression_of(const FittedState& state, std::size_t classes);

}  // namespace p5
