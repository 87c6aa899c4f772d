#include "simulate/interactive_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace p5 {
namespace {

// What moves a user, on the scale of log-odds.
constexpr double kMatch = 0.8, kInterest = 3, kQuality = 0.3, kFollows = 1.2;
constexpr double kOwned = 0.1;  // of its appeal is left to an item that was clicked before

}  // namespace

void WorldOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kData);
  table.add("world.users", &users, {.help = "simulated users", .flag = "users", .minimum = 1, .maximum = 1e6});
  table.add("world.items", &items, {.help = "simulated items", .flag = "items", .minimum = 2, .maximum = 1e6});
  table.add("world.days", &days, {.help = "days to simulate", .flag = "days", .minimum = 1, .maximum = 36500});
  table.add("world.visits", &visits, {.help = "lists that are shown on a day", .minimum = 1, .maximum = 1e7});
  table.add("world.clicks", &clicks,
            {.help = "chance of a click on an item of middling appeal, if it is looked at",
             .minimum = 0.0001,
             .maximum = 0.9});
  table.add("world.position_bias", &position_bias,
            {.help = "the item at place l, from 0, is looked at with probability 1 / (1 + bias l)",
             .minimum = 0,
             .maximum = 100});
  table.add("world.boredom", &boredom,
            {.help = "share of its appeal that an item loses each time it was looked at without a click",
             .minimum = 0,
             .maximum = 1});
  table.add("world.drift", &drift,
            {.help = "how often tastes change into others over the days", .minimum = 0, .maximum = 1000});
  table.add("world.new_items", &new_items,
            {.help = "share of items that come out after the first day", .minimum = 0, .maximum = 1});
  table.add("world.seed", &seed,
            {.help = "seed of all random draws; the users and items of p5 simulate with this seed",
             .flag = "seed",
             .minimum = 0});
}

InteractiveWorld::InteractiveWorld(const WorldOptions& options)
    : options_(options), catalog_(static_cast<std::size_t>(options.items), static_cast<std::uint64_t>(options.seed)) {
  const auto seed = static_cast<std::uint64_t>(options.seed);
  for (std::int64_t user = 0; user < options.users; ++user) {
    Rng own(seed, fmt::format("user {}", user));  // as the log draws its users
    Tastes tastes(catalog_, own);
    Rng drift(seed, fmt::format("drift of user {}", user));
    tastes.move_on(drift);  // the log ends with the second of the user's interests
    users_.push_back({.tastes = tastes, .drift = drift, .memory = {}});
  }
  Rng rng(seed, "items come out");
  for (std::uint32_t item = 0; item < catalog_.size(); ++item) {
    const bool later = rng.uniform() < options.new_items;
    const auto day = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(options.days)));
    day_out_.push_back(later ? day : 0);
  }
  if (std::ranges::none_of(day_out_, [](std::int64_t day) { return day == 0; })) day_out_.front() = 0;
  begin_day(0);
}

void InteractiveWorld::begin_day(std::int64_t day) {
  const double per_day = options_.drift / static_cast<double>(options_.days);
  const double before = static_cast<double>(day_) * per_day, now = static_cast<double>(day) * per_day;
  for (double change = std::floor(before); change < std::floor(now); ++change) {
    for (User& user : users_) user.tastes.move_on(user.drift);
  }
  day_ = day;
  age_ = now - std::floor(now);
  out_.clear();
  for (std::uint32_t item = 0; item < catalog_.size(); ++item) {
    if (day_out_[item] <= day) out_.push_back(item);
  }
}

std::vector<std::uint32_t> InteractiveWorld::visitors() const {
  Rng rng(static_cast<std::uint64_t>(options_.seed), fmt::format("visitors of day {}", day_));
  std::vector<std::uint32_t> visitors(static_cast<std::size_t>(options_.visits));
  for (std::uint32_t& user : visitors) user = static_cast<std::uint32_t>(rng.below(users_.size()));
  return visitors;
}

bool InteractiveWorld::follows(const User& user, std::uint32_t item) const {
  if (!user.has_clicked) return false;
  const SimulatedItem& last = catalog_.item(user.last);
  const bool next = item == user.last + 1 && catalog_.item(item).line == last.line;
  return next || std::ranges::find(last.complements, item) != last.complements.end();
}

double InteractiveWorld::appeal(std::uint32_t index, std::uint32_t item) const {
  const User& user = users_[index];
  const double middling = std::log(options_.clicks / (1 - options_.clicks));
  const double interest = user.tastes.interest(catalog_.line_of(item).shelf, age_);
  double odds = middling + kMatch * (user.tastes.match(item) - 1) + kInterest * interest;
  odds += kQuality * static_cast<double>(catalog_.item(item).quality) + (follows(user, item) ? kFollows : 0);
  double appeal = 1 / (1 + std::exp(-odds));
  if (const auto known = user.memory.find(item); known != user.memory.end()) {
    appeal *= std::pow(1 - options_.boredom, known->second.looks) * (known->second.clicked ? kOwned : 1);
  }
  return appeal;
}

double InteractiveWorld::looked_at(std::size_t place) const {
  return 1 / (1 + options_.position_bias * static_cast<double>(place));
}

double InteractiveWorld::expected_clicks(std::uint32_t user, std::span<const std::uint32_t> list) const {
  double sum = 0;
  for (std::size_t place = 0; place < list.size(); ++place) sum += looked_at(place) * appeal(user, list[place]);
  return sum;
}

// The lots of a visit depend on its number and on the items, so that two policies that show the same item at the same
// place of the same visit get the same answer.
std::vector<bool> InteractiveWorld::show(std::uint32_t index, std::span<const std::uint32_t> list) {
  const std::uint64_t visit = shown_++;
  std::vector<bool> clicks;
  std::vector<std::uint32_t> looked;
  for (std::size_t place = 0; place < list.size(); ++place) {
    Rng rng(static_cast<std::uint64_t>(options_.seed), fmt::format("visit {} item {}", visit, list[place]));
    const bool looks = rng.uniform() < looked_at(place);
    clicks.push_back(looks && rng.uniform() < appeal(index, list[place]));
    if (looks) looked.push_back(static_cast<std::uint32_t>(place));
  }
  User& user = users_[index];
  for (const std::uint32_t place : looked) {
    Memory& memory = user.memory[list[place]];
    if (clicks[place]) {
      memory = {.looks = 0, .clicked = true};
      user.last = list[place];
      user.has_clicked = true;
    } else {
      ++memory.looks;
    }
  }
  return clicks;
}

std::string InteractiveWorld::user_key(std::uint32_t user) const { return fmt::format("U{:07}", user); }

}  // namespace p5
