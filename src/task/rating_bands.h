// Rating targets with one decimal, as P5 trains on them: 41 answers instead of five, so that a model can express how
// sure it is. Thread-safe: free functions.
#pragma once

#include <string>

#include "base/rng.h"

namespace p5 {

// Drawn from a Gaussian in the band of the stars: 1.0 to 1.4, 1.5 to 2.4, 2.5 to 3.4, 3.5 to 4.4, 4.5 to 5.0; the mean
// is the band's middle, the standard deviation a quarter of its width. Cut to [1, 5], one decimal: "4.3". As in P5, one
// draw in about twenty falls into a neighboring band. REQUIRES 1 <= star <= 5.
std::string draw_band_rating(int star, Rng& rng);

}  // namespace p5
