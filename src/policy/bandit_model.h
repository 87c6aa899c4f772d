// What a policy that learns while it is served knows: a linear model of rewards (policy/linear_bandit.h), and the lists
// whose rewards may still come. An item that was shown counts at once as reward 0, and what feedback says later is
// added, which gives the same sums in any order. Saved whole or not at all. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/linear_bandit.h"
#include "retrieval/fitted_state.h"

namespace p5 {

class BanditModel {
 public:
  // `kind` and `about` say whose features they are: a state of other ones is not read. Reads the file where there is
  // one. Lists that wait for rewards are kept up to `most_waiting`. Throws as FittedState::load().
  BanditModel(std::filesystem::path file, FittedOrigin origin, std::size_t features, std::size_t most_waiting = 20'000);

  struct Shown {
    std::string item;      // key
    std::vector<float> x;  // its features, as the list was made by them
  };
  // A list that was shown, under the id of its request. One of an id that waits is a repetition and teaches nothing.
  void decided(std::string_view request_id, std::vector<Shown> items);
  // An item of it earned this in all; the greatest of several rewards counts. Returns whether the list waits and has
  // the item.
  bool rewarded(std::string_view request_id, std::string_view item, double reward);

  // As it is now.
  LinearBandit bandit() const;
  struct Figures {
    std::uint64_t lists = 0, items = 0, rewards = 0;  // learnt from, and rewards of them that are not 0
    std::size_t waiting = 0;
  };
  Figures figures() const;
  // Whether it was read from a file.
  bool was_saved() const { return was_saved_; }
  // Writes the file where something was learnt since the last time. Throws Unavailable (system).
  void save();

 private:
  struct Place {
    std::uint64_t item = 0;  // hash of its key
    double reward = 0;
    std::vector<float> x;
  };
  struct List {
    std::uint64_t id = 0;  // hash of the request's
    std::vector<Place> places;
  };
  void read(const FittedState& state);
  FittedState state() const;
  void remember(List list);

  std::filesystem::path file_;
  FittedOrigin origin_;
  std::size_t most_waiting_;
  bool was_saved_ = false;
  mutable std::mutex mutex_;
  std::mutex saving_;
  LinearBandit bandit_;
  std::deque<List> waiting_;                                // oldest first
  std::uint64_t first_ = 0;                                 // number of the oldest
  std::unordered_map<std::uint64_t, std::uint64_t> by_id_;  // hash of an id to its list's number
  Figures counts_;
  bool changed_ = false;
};

}  // namespace p5
