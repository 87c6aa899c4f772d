// The simulated catalogue and the links that lead users from one item to the next. Immutable once built: thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "corpus/interaction.h"
#include "simulate/simulated_text.h"

namespace p5 {

// Items of one brand and name, made to be bought one after another.
struct ProductLine {
  std::uint32_t brand = 0, shelf = 0;
  std::uint32_t noun = 0;
  std::string name;
};

struct SimulatedItem {
  std::uint32_t line = 0;
  std::uint32_t place = 0;                     // in the line, from 0
  std::array<std::uint32_t, 2> complements{};  // items of the same department that are bought with it
  float quality = 0;                           // standard normal, shared in part by the brand
  std::array<float, kAspects> aspects{};       // standard normal
};

class SimulatedCatalog {
 public:
  SimulatedCatalog(std::size_t items, std::uint64_t seed);

  std::size_t size() const { return items_.size(); }
  const SimulatedItem& item(std::uint32_t index) const { return items_[index]; }
  const ProductLine& line_of(std::uint32_t index) const { return lines_[items_[index].line]; }
  std::string_view brand_of(std::uint32_t index) const { return brands_[line_of(index).brand]; }
  std::string_view noun_of(std::uint32_t index) const;
  const Department& department_of(std::uint32_t index) const;
  ItemRecord record(std::uint32_t index) const;
  std::string key(std::uint32_t index) const;

  // Shelves that hold items; a shelf is a sub-category of one department.
  std::size_t shelf_count() const { return shelf_begin_.size() - 1; }
  std::size_t department_of_shelf(std::size_t shelf) const;
  // Draws by popularity, from one shelf or from the whole catalogue.
  std::uint32_t draw_from_shelf(std::size_t shelf, Rng& rng) const;
  std::uint32_t draw_from_all(Rng& rng) const { return draw_between(0, items_.size(), rng); }
  // An item that tends to follow: the next of its line, or a complement.
  std::uint32_t draw_successor(std::uint32_t index, Rng& rng) const;

 private:
  void make_lines(std::size_t items, Rng& rng);
  void make_items(Rng& rng);
  std::uint32_t draw_between(std::size_t begin, std::size_t end, Rng& rng) const;

  std::uint64_t seed_;
  std::vector<std::string> brands_;
  std::vector<ProductLine> lines_;
  std::vector<SimulatedItem> items_;        // by shelf, then line
  std::vector<std::uint32_t> shelf_begin_;  // [shelves + 1] into items_
  std::vector<double> popularity_below_;    // [items + 1] running sums of popularity
};

}  // namespace p5
