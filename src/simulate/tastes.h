// What a simulated user likes. Interests in shelves move from their first to their second value over the user's
// history; aspects and brands stay. Immutable once drawn: thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/rng.h"
#include "simulate/simulated_catalog.h"

namespace p5 {

class Tastes {
 public:
  // Borrows the catalogue.
  Tastes(const SimulatedCatalog& catalog, Rng& rng);

  // A shelf by interest; `age` runs from 0 to 1 over the user's events.
  std::size_t draw_shelf(double age, Rng& rng) const;
  // How probable draw_shelf() is to give this shelf.
  double interest(std::size_t shelf, double age) const;
  // The second interests become the first, and others are drawn for the time after.
  void move_on(Rng& rng);
  // How well an item suits the user; approximately standard normal.
  double match(std::uint32_t index) const;
  // The aspect that moves this user most in this item.
  std::size_t telling_aspect(std::uint32_t index) const;

 private:
  using Interests = std::array<std::size_t, 4>;

  Interests draw_interests(Rng& rng) const;
  double brand_affinity(std::uint32_t brand) const;

  const SimulatedCatalog* catalog_;
  Interests from_, to_;
  std::array<double, kAspects> aspects_{};
  std::uint64_t brand_salt_ = 0;
};

}  // namespace p5
