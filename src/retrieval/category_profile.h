// How items spread over categories, and how far a list is from what a user took: Steck, "Calibrated Recommendations",
// RecSys 2018. An item counts 1, divided equally among its categories; items without any count nothing. Immutable;
// thread-safe.
#pragma once

#include <span>
#include <vector>

#include "retrieval/item_features.h"

namespace p5 {

class CategoryProfile {
 public:
  explicit CategoryProfile(const ItemCatalog& catalog) : categories_(catalog, ItemFeatures::Choice::kCategories) {}

  const ItemFeatures& categories() const { return categories_; }
  // Adds one item to sums [category_count]. Returns whether it has a category.
  bool add(ItemId item, std::span<double> sums) const;
  // p(category | items), [category_count]: sums to 1, or all zero where no item has a category.
  std::vector<double> of(std::span<const ItemId> items) const;

 private:
  ItemFeatures categories_;
};

// KL(p || (1 - alpha) q + alpha p) in nats, Steck's measure of miscalibration: 0 for equal distributions, at most
// -ln(alpha). `p` is the user's, `q` the list's; both of one length, and `p` sums to 1.
double miscalibration(std::span<const double> p, std::span<const double> q, double alpha = 0.01);

}  // namespace p5
