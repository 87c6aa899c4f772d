// Rating targets between the levels of a scale, to a tenth of their distance, as P5 trains on them: "1.0" to "5.0", 41
// answers instead of five, so that a model can express how sure it is. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/rng.h"
#include "corpus/rating_scale.h"

namespace p5 {

// Drawn from a Gaussian in the band of a level. For 1 to 5 stars the bands are 1.0 to 1.4, 1.5 to 2.4, 2.5 to 3.4, 3.5
// to 4.4 and 4.5 to 5.0; the mean is the band's middle, the standard deviation a quarter of its width. Within the
// scale, to a tenth of the levels' distance: "4.3". As in P5, one draw in about twenty falls into a neighboring band.
// REQUIRES a level of the scale.
std::string draw_band_rating(std::size_t level, const RatingScale& scale, Rng& rng);

// All ratings that may be drawn, from low to high, and the level of the band that each is in.
std::vector<std::string> band_words(const RatingScale& scale);
std::vector<std::size_t> band_levels(const RatingScale& scale);

}  // namespace p5
