#include "task/rating_bands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace p5 {
namespace {

struct Band {
  double low, high;
};
constexpr std::array<Band, 5> kBands = {{{1.0, 1.4}, {1.5, 2.4}, {2.5, 3.4}, {3.5, 4.4}, {4.5, 5.0}}};

}  // namespace

std::string draw_band_rating(int star, Rng& rng) {
  assert(star >= 1 && star <= 5);
  const Band band = kBands[static_cast<std::size_t>(star - 1)];
  const double drawn = (band.low + band.high) / 2 + (band.high - band.low) / 4 * rng.normal();
  return fmt::format("{:.1f}", std::clamp(drawn, 1.0, 5.0));
}

}  // namespace p5
