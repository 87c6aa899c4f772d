// What a shop can see of a user and an item: how often the user clicked what is like the item, how often others clicked
// it, and what was shown before. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "simulate/interactive_world.h"

namespace p5 {

class VisitFeatures {
 public:
  static constexpr std::size_t kCount = 8;
  using Values = std::array<double, kCount>;

  explicit VisitFeatures(const InteractiveWorld& world) : world_(&world), items_(world.catalog().size()) {}

  // A constant; click rates of the item, and of the user for the item's shelf, department and brand; whether the item
  // is of the line that was clicked last; how often it was shown to the user without a click; whether the user has it.
  Values of(std::uint32_t user, std::uint32_t item) const;
  void count(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks);
  double rate_of(std::uint32_t item) const { return rate(items_[item]); }

 private:
  struct Tally {
    double clicks = 0, showings = 0;
  };
  struct User {
    std::map<std::uint32_t, Tally> shelves, departments, brands;
    std::unordered_map<std::uint32_t, Tally> items;
    std::uint32_t last_line = 0;
    bool has_clicked = false;
  };
  // Click rates begin at the mean rate of all.
  double rate(const Tally& tally) const;
  double rate(const std::map<std::uint32_t, Tally>& tallies, std::uint32_t key) const;
  std::uint32_t department_of(std::uint32_t item) const;

  const InteractiveWorld* world_;
  std::vector<Tally> items_;
  Tally all_;
  std::unordered_map<std::uint32_t, User> users_;
};

}  // namespace p5
