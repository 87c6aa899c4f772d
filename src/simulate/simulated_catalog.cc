#include "simulate/simulated_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace p5 {
namespace {

constexpr std::size_t kShelvesPerDepartment = 6;
constexpr double kZipfExponent = 0.8;  // of lines by rank: a long tail, as in shops

// A text of base-36 digits that looks random and never repeats: the factor is coprime to 36^9.
std::string product_code(std::uint64_t number) {
  constexpr std::uint64_t kRange = 101559956668416ULL;  // 36^9
  constexpr std::uint64_t kFactor = 61803398874989ULL;
  auto mixed = static_cast<std::uint64_t>(static_cast<unsigned __int128>(number + 1) * kFactor % kRange);
  std::string code = "B000000000";
  for (std::size_t at = code.size(); --at > 0; mixed /= 36) {
    code[at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[mixed % 36];
  }
  return code;
}

}  // namespace

SimulatedCatalog::SimulatedCatalog(std::size_t items, std::uint64_t seed) : seed_(seed) {
  Rng rng(seed, "world");
  make_lines(items, rng);
  make_items(rng);
}

void SimulatedCatalog::make_lines(std::size_t items, Rng& rng) {
  const std::size_t shelves = std::clamp<std::size_t>(items / 8, 1, all_departments().size() * kShelvesPerDepartment);
  const std::size_t departments = all_departments().size();
  // Every brand sells in one department: brand b in department b modulo the number of departments.
  const std::size_t brands = std::clamp<std::size_t>(items / 40, departments, 4000);
  for (std::size_t i = 0; i < brands; ++i) brands_.push_back(random_brand(rng));

  // Shelves of different sizes that sum to `items`.
  std::vector<double> weight(shelves);
  for (double& w : weight) w = 0.5 + rng.uniform();
  const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
  double sum = 0;
  shelf_begin_.push_back(0);
  for (std::size_t shelf = 0; shelf < shelves; ++shelf) {
    sum += weight[shelf];
    const auto end = shelf + 1 == shelves ? items : static_cast<std::size_t>(sum / total * static_cast<double>(items));
    while (items_.size() < end) {
      const std::size_t length = std::min<std::size_t>(2 + rng.below(7), end - items_.size());
      const std::size_t department = department_of_shelf(shelf);
      const std::size_t own_brands = (brands - department + departments - 1) / departments;
      const auto brand = static_cast<std::uint32_t>(department + departments * rng.below(own_brands));
      lines_.push_back({.brand = brand,
                        .shelf = static_cast<std::uint32_t>(shelf),
                        .noun = static_cast<std::uint32_t>(rng.below(3)),
                        .name = random_line_name(rng)});
      for (std::uint32_t position = 0; position < length; ++position) {
        items_.push_back({.line = static_cast<std::uint32_t>(lines_.size() - 1), .place = position});
      }
    }
    shelf_begin_.push_back(static_cast<std::uint32_t>(end));
  }
}

void SimulatedCatalog::make_items(Rng& rng) {
  std::vector<std::uint32_t> rank(lines_.size());
  std::iota(rank.begin(), rank.end(), 0);
  rng.shuffle(std::span(rank));
  std::vector<double> brand_quality(brands_.size());
  for (double& quality : brand_quality) quality = rng.normal();

  popularity_below_.push_back(0);
  for (SimulatedItem& item : items_) {
    const ProductLine& line = lines_[item.line];
    item.quality = static_cast<float>(0.6 * brand_quality[line.brand] + 0.8 * rng.normal());
    for (float& aspect : item.aspects) aspect = static_cast<float>(rng.normal());
    const double popularity =
        std::pow(rank[item.line] + 1.0, -kZipfExponent) * std::exp(0.5 * rng.normal() + 0.2 * item.quality);
    popularity_below_.push_back(popularity_below_.back() + popularity);
  }
  // Complements are on the other shelves of the department, or anywhere when every department has one shelf.
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    const std::size_t first = department_of_shelf(line_of(i).shelf);
    for (std::uint32_t& complement : items_[i].complements) {
      std::size_t shelf = first + all_departments().size() * rng.below(kShelvesPerDepartment);
      if (shelf >= shelf_count()) shelf = first;
      complement = draw_from_shelf(shelf, rng);
    }
  }
}

// Shelves go to departments in turn, so that small catalogues also have several departments.
std::size_t SimulatedCatalog::department_of_shelf(std::size_t shelf) const { return shelf % all_departments().size(); }

const Department& SimulatedCatalog::department_of(std::uint32_t index) const {
  return all_departments()[department_of_shelf(line_of(index).shelf)];
}

std::string_view SimulatedCatalog::noun_of(std::uint32_t index) const {
  const ProductLine& line = line_of(index);
  return department_of(index).shelves[line.shelf / all_departments().size()].nouns[line.noun];
}

std::uint32_t SimulatedCatalog::draw_between(std::size_t begin, std::size_t end, Rng& rng) const {
  const double low = popularity_below_[begin], high = popularity_below_[end];
  const auto first = popularity_below_.begin() + static_cast<std::ptrdiff_t>(begin) + 1;
  const auto last = popularity_below_.begin() + static_cast<std::ptrdiff_t>(end);
  const auto found = std::upper_bound(first, last, low + rng.uniform() * (high - low));
  return static_cast<std::uint32_t>(found - popularity_below_.begin() - 1);
}

std::uint32_t SimulatedCatalog::draw_from_shelf(std::size_t shelf, Rng& rng) const {
  return draw_between(shelf_begin_[shelf], shelf_begin_[shelf + 1], rng);
}

std::uint32_t SimulatedCatalog::draw_successor(std::uint32_t index, Rng& rng) const {
  const double lot = rng.uniform();
  const bool has_next = index + 1 < items_.size() && items_[index + 1].line == items_[index].line;
  if (lot < 0.55 && has_next) return index + 1;
  return items_[index].complements[lot < 0.8 ? 0 : 1];
}

std::string SimulatedCatalog::key(std::uint32_t index) const { return product_code(index); }

ItemRecord SimulatedCatalog::record(std::uint32_t index) const {
  Rng rng(seed_, fmt::format("item {}", index));
  const SimulatedItem& made = items_[index];
  const Department& department = department_of(index);
  const Shelf& shelf = department.shelves[line_of(index).shelf / all_departments().size()];
  ReviewSubject subject{.department = &department, .noun = noun_of(index), .brand = brand_of(index)};
  for (std::size_t aspect = 1; aspect < kAspects; ++aspect) {
    if (made.aspects[aspect] > made.aspects[subject.main]) subject.main = aspect;
  }
  subject.other = rng.below(kAspects);

  ItemRecord record{.key = key(index)};
  record.title = fmt::format("{} {} {}", brand_of(index), line_of(index).name, noun_of(index));
  if (made.place > 0)
    record.title += fmt::format(", {} {}", department.name == "Books" ? "Volume" : "No.", made.place + 1);
  if (rng.below(20) != 0) record.brand = std::string(brand_of(index));
  record.description = random_description(subject, rng);
  if (rng.below(20) != 0) {
    record.price = std::round(std::exp(2.8 + 0.7 * rng.normal() + 0.15 * made.quality) * 100) / 100;
  }
  record.categories = {std::string(department.name), std::string(shelf.name)};
  record.attributes = {{"colour", std::string(random_colour(rng))},
                       {"strengths", std::vector<std::string>{std::string(department.aspects[subject.main])}},
                       {"weight_g", std::round(std::exp(5.5 + rng.normal()))}};
  return record;
}

}  // namespace p5
