#include "pipeline/visit_features.h"

namespace p5 {

double VisitFeatures::rate(const Tally& tally) const {
  constexpr double kPrior = 20, kFirstRate = 0.05;  // showings that a rate begins with; the rate before any click
  const double mean = (all_.clicks + kPrior * kFirstRate) / (all_.showings + kPrior);
  return (tally.clicks + kPrior * mean) / (tally.showings + kPrior);
}

double VisitFeatures::rate(const std::map<std::uint32_t, Tally>& tallies, std::uint32_t key) const {
  const auto found = tallies.find(key);
  return rate(found == tallies.end() ? Tally{} : found->second);
}

std::uint32_t VisitFeatures::department_of(std::uint32_t item) const {
  return static_cast<std::uint32_t>(world_->catalog().department_of_shelf(world_->catalog().line_of(item).shelf));
}

VisitFeatures::Values VisitFeatures::of(std::uint32_t user, std::uint32_t item) const {
  static const User kNobody;
  const auto found = users_.find(user);
  const User& known = found == users_.end() ? kNobody : found->second;
  const ProductLine& line = world_->catalog().line_of(item);
  const auto before = known.items.find(item);
  const Tally own = before == known.items.end() ? Tally{} : before->second;
  const double ignored = own.showings - own.clicks;
  return {1,
          rate(items_[item]),
          rate(known.shelves, line.shelf),
          rate(known.departments, department_of(item)),
          rate(known.brands, line.brand),
          known.has_clicked && known.last_line == world_->catalog().item(item).line ? 1.0 : 0.0,
          ignored / (ignored + 2),
          own.clicks > 0 ? 1.0 : 0.0};
}

void VisitFeatures::count(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) {
  User& known = users_[user];
  for (std::size_t place = 0; place < list.size(); ++place) {
    const std::uint32_t item = list[place];
    const ProductLine& line = world_->catalog().line_of(item);
    for (Tally* tally : {&items_[item], &all_, &known.shelves[line.shelf], &known.departments[department_of(item)],
                         &known.brands[line.brand], &known.items[item]}) {
      ++tally->showings;
      tally->clicks += clicks[place] ? 1 : 0;
    }
    if (!clicks[place]) continue;
    known.last_line = world_->catalog().item(item).line;
    known.has_clicked = true;
  }
}

}  // namespace p5
