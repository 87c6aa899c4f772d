#include "simulate/tastes.h"

#include <cmath>

namespace p5 {
namespace {

// Few interests, the first much stronger than the last.
constexpr std::array<double, 4> kStrength{0.5, 0.25, 0.15, 0.1};

}  // namespace

Tastes::Tastes(const SimulatedCatalog& catalog, Rng& rng)
    : catalog_(&catalog), from_(draw_interests(rng)), to_(draw_interests(rng)) {
  double total = 0;
  for (double& weight : aspects_) total += weight = std::exp(1.3 * rng.normal());
  for (double& weight : aspects_) weight /= total;
  brand_salt_ = rng.next();
}

std::size_t Tastes::draw_shelf(double age, Rng& rng) const {
  const Interests& now = rng.uniform() < age ? to_ : from_;
  const double lot = rng.uniform();
  return now[lot < 0.5 ? 0 : lot < 0.75 ? 1 : lot < 0.9 ? 2 : 3];
}

double Tastes::interest(std::size_t shelf, double age) const {
  double sum = 0;
  for (std::size_t i = 0; i < kStrength.size(); ++i) {
    sum += kStrength[i] * ((from_[i] == shelf ? 1 - age : 0) + (to_[i] == shelf ? age : 0));
  }
  return sum;
}

void Tastes::move_on(Rng& rng) {
  from_ = to_;
  to_ = draw_interests(rng);
}

double Tastes::match(std::uint32_t index) const {
  double sum = 0;
  for (std::size_t i = 0; i < kAspects; ++i) sum += aspects_[i] * catalog_->item(index).aspects[i];
  return sum + brand_affinity(catalog_->line_of(index).brand);
}

std::size_t Tastes::telling_aspect(std::uint32_t index) const {
  const auto weight = [&](std::size_t i) { return aspects_[i] * std::abs(catalog_->item(index).aspects[i]); };
  std::size_t best = 0;
  for (std::size_t i = 1; i < kAspects; ++i) best = weight(i) > weight(best) ? i : best;
  return best;
}

// Interests are related: half of the time the next shelf is in the department of the first.
Tastes::Interests Tastes::draw_interests(Rng& rng) const {
  const std::size_t shelves = catalog_->shelf_count(), departments = all_departments().size();
  Interests interests{rng.below(shelves)};
  for (std::size_t i = 1; i < interests.size(); ++i) {
    interests[i] = rng.below(shelves);
    if (rng.coin()) interests[i] = (interests[0] + departments * rng.below(6)) % shelves;
  }
  return interests;
}

// From -0.8 to 0.8, fixed for this user and brand.
double Tastes::brand_affinity(std::uint32_t brand) const {
  const std::uint64_t lot = (brand + 1) * 0x9e3779b97f4a7c15ULL ^ brand_salt_;
  return static_cast<double>((lot * 0xd1342543de82ef95ULL) >> 40) * 0x1.0p-24 * 1.6 - 0.8;
}

}  // namespace p5
