#include "task/unit_examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/rng.h"
#include "p5/error.h"

namespace p5 {

UnitExamples::UnitExamples(std::vector<MixtureFamily> families, std::shared_ptr<const PromptTokenizer> tokenizer,
                           std::int64_t groups, std::uint64_t seed, std::set<UserId> only)
    : families_(std::move(families)),
      tokenizer_(std::move(tokenizer)),
      seed_(seed),
      only_(std::move(only)),
      grouped_(groups != kEachExample) {
  std::erase_if(families_,
                [](const MixtureFamily& family) { return family.samples <= 0 || family.sampler->size() == 0; });
  for (std::size_t family = 0; family < families_.size(); ++family) most_ = std::max(most_, weight_of(family));
  grouped_ ? list_groups(static_cast<std::size_t>(groups)) : list_examples();
  if (units_.empty()) {
    throw usage_error("there are no examples by units", {.expected = "users with training examples", .got = "none"});
  }
  for (Unit& unit : units_) {
    double end = 0;
    for (const auto& [family, index] : unit.places) unit.ends.push_back(end += weight_of(family));
  }
}

double UnitExamples::weight_of(std::size_t family) const {
  return static_cast<double>(families_[family].samples) * families_[family].share;
}

std::optional<UserId> UnitExamples::owner_of(const TrainingSampler& sampler, std::size_t index) const {
  const std::optional<UserId> user = sampler.user_of(index);
  if (user && (only_.empty() || only_.contains(*user))) return user;
  if (!only_.empty()) return std::nullopt;
  throw usage_error("examples of this family are not made of one user's data alone",
                    {.where = fmt::format("family {}", sampler.family()),
                     .expected = "families sequential, direct, rating, review, history-span or your own, for training "
                                 "by units (privacy.unit, federated.clients, reptile.users)"});
}

void UnitExamples::list_examples() {
  for (std::uint32_t family = 0; family < families_.size(); ++family) {
    const TrainingSampler& sampler = *families_[family].sampler;
    for (std::uint32_t index = 0; index < sampler.size(); ++index) {
      if (owner_of(sampler, index)) units_.push_back({.places = {{family, index}}, .ends = {}});
    }
  }
}

void UnitExamples::list_groups(std::size_t groups) {
  std::map<UserId, Unit> users;
  for (std::uint32_t family = 0; family < families_.size(); ++family) {
    const TrainingSampler& sampler = *families_[family].sampler;
    for (std::uint32_t index = 0; index < sampler.size(); ++index) {
      if (const auto user = owner_of(sampler, index)) users[*user].places.emplace_back(family, index);
    }
  }
  std::vector<Unit> order;
  for (auto& [user, unit] : users) order.push_back(std::move(unit));
  Rng rng(seed_, "units");
  rng.shuffle(std::span(order));
  units_.resize(std::min(groups, order.size()));
  for (std::size_t i = 0; i < order.size(); ++i) {
    auto& places = units_[i % units_.size()].places;
    places.insert(places.end(), order[i].places.begin(), order[i].places.end());
  }
}

std::int64_t UnitExamples::examples(std::size_t unit) const {
  return std::max<std::int64_t>(1, std::llround(units_[unit].ends.back()));
}

double UnitExamples::share(std::size_t unit) const { return grouped_ ? 1.0 : units_[unit].ends.back() / most_; }

TokenBatch UnitExamples::draw(std::size_t unit, std::uint64_t visit, std::int64_t rows) const {
  const Unit& drawn = units_[unit];
  Rng rng(seed_, fmt::format("unit {} visit {}", unit, visit));
  std::vector<TokenRow> chosen;
  for (std::int64_t i = 0; i < rows; ++i) {
    const double at = rng.uniform() * drawn.ends.back();
    const auto found = std::upper_bound(drawn.ends.begin(), drawn.ends.end() - 1, at);
    const auto& [family, index] = drawn.places[static_cast<std::size_t>(found - drawn.ends.begin())];
    const TaskExample example = families_[family].sampler->sample(index, rng);
    chosen.push_back(tokenizer_->row(example, static_cast<std::int16_t>(family)));
    chosen.back().weight = families_[family].weight;
  }
  std::ranges::stable_sort(chosen, {}, [](const TokenRow& row) { return row.target.size(); });
  return tokenizer_->batch_of(chosen);
}

std::vector<std::string> UnitExamples::family_names() const {
  std::vector<std::string> names;
  for (const MixtureFamily& family : families_) names.push_back(family.sampler->family());
  return names;
}

std::uint64_t UnitExamples::fingerprint() const {
  std::string text = fmt::format("{} {} {}", seed_, units_.size(), grouped_);
  for (const MixtureFamily& family : families_) {
    text += fmt::format(";{} {} {} {}", family.sampler->family(), family.sampler->size(), family.samples, family.share);
  }
  return stable_hash(text);
}

}  // namespace p5
