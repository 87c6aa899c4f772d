#include "task/rating_bands.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace p5 {
namespace {

constexpr double kTenths = 10;  // of the distance of two levels

std::size_t top(const RatingScale& scale) { return 10 * (scale.level_count() - 1); }

// In tenths of the levels' distance above the lowest level. Written so that 1 to 5 stars give the nearest numbers to
// 1.4, 1.5, 2.4 and so on.
double rating_at(double tenths, const RatingScale& scale) {
  return (kTenths * scale.lowest() + tenths * scale.spacing()) / kTenths;
}

}  // namespace

std::string draw_band_rating(std::size_t level, const RatingScale& scale, Rng& rng) {
  assert(level < scale.level_count());
  const double middle = kTenths * static_cast<double>(level), last = static_cast<double>(top(scale));
  const double low = rating_at(std::max(0.0, middle - 5), scale);
  const double high = rating_at(level + 1 == scale.level_count() ? last : middle + 4, scale);
  const double drawn = scale.clamp((low + high) / 2 + (high - low) / 4 * rng.normal());
  const double tenths = std::round((drawn - scale.lowest()) / scale.spacing() * kTenths);
  return scale.fine_word(rating_at(tenths, scale));
}

std::vector<std::string> band_words(const RatingScale& scale) {
  std::vector<std::string> words;
  for (std::size_t tenths = 0; tenths <= top(scale); ++tenths) {
    words.push_back(scale.fine_word(rating_at(static_cast<double>(tenths), scale)));
  }
  return words;
}

std::vector<std::size_t> band_levels(const RatingScale& scale) {
  std::vector<std::size_t> levels;
  for (std::size_t tenths = 0; tenths <= top(scale); ++tenths) levels.push_back((tenths + 5) / 10);
  return levels;
}

}  // namespace p5
