// A simulated shop that answers recommendations: users of the simulated log look at a list from its top, click what
// they like, get bored of what they have seen, and change their tastes; items come out over time. Equal options give
// equal worlds, and equal lists equal clicks, whatever policy shows them. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/option_table.h"
#include "simulate/simulated_catalog.h"
#include "simulate/tastes.h"

namespace p5 {

struct WorldOptions {
  std::int64_t users = 300;
  std::int64_t items = 400;
  std::int64_t days = 60;
  std::int64_t visits = 300;   // lists that are shown on a day
  double clicks = 0.08;        // chance of a click on an item that suits neither well nor badly, if it is looked at
  double position_bias = 0.3;  // the item at place l, from 0, is looked at with probability 1 / (1 + bias l)
  double boredom = 0.25;       // share of its appeal that an item loses each time it was looked at without a click
  double drift = 1;            // times that tastes change from one to others over the days
  double new_items = 0.3;      // share of items that come out after the first day
  std::int64_t seed = 2022;    // as simulate.seed: the same catalogue and users as p5 simulate makes

  void bind(OptionTable& table);  // rows world.*
};

class InteractiveWorld {
 public:
  explicit InteractiveWorld(const WorldOptions& options);
  InteractiveWorld(const InteractiveWorld&) = delete;  // its users know its catalogue
  InteractiveWorld& operator=(const InteractiveWorld&) = delete;

  // Days come one after another, from 0.
  void begin_day(std::int64_t day);
  // Who comes on this day, one for each list that is to be shown. A user may come twice.
  std::vector<std::uint32_t> visitors() const;
  // The items that are out, ascending.
  std::span<const std::uint32_t> items() const { return out_; }

  // How likely the user would click the item now, if it is looked at.
  double appeal(std::uint32_t user, std::uint32_t item) const;
  // The chance that an item at a place, from 0, is looked at.
  double looked_at(std::size_t place) const;
  // The clicks that a list earns on average, as the user is now.
  double expected_clicks(std::uint32_t user, std::span<const std::uint32_t> list) const;
  // Which items of a list are clicked. The user remembers the list.
  std::vector<bool> show(std::uint32_t user, std::span<const std::uint32_t> list);

  const SimulatedCatalog& catalog() const { return catalog_; }
  std::string user_key(std::uint32_t user) const;  // as in the simulated log
  std::size_t user_count() const { return users_.size(); }

 private:
  struct Memory {
    std::uint32_t looks = 0;  // without a click since
    bool clicked = false;
  };
  struct User {
    Tastes tastes;
    Rng drift;
    std::unordered_map<std::uint32_t, Memory> memory;
    std::uint32_t last = 0;
    bool has_clicked = false;
  };
  bool follows(const User& user, std::uint32_t item) const;

  WorldOptions options_;
  SimulatedCatalog catalog_;
  std::vector<User> users_;
  std::vector<std::int64_t> day_out_;  // of each item
  std::vector<std::uint32_t> out_;
  std::int64_t day_ = 0;
  double age_ = 0;  // of the current tastes
  std::uint64_t shown_ = 0;
};

}  // namespace p5
