// An answer that was shown, with the probability of each place and what users did then: what off-policy estimates are
// made of. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace p5 {

struct ShownItem {
  std::string item;       // key
  double propensity = 0;  // with which the policy that answered put it at its place
  double reward = 0;      // what users did with it, in the unit of the rewards
};

// What a propensity is the probability of: the item at its place given the items above, or at its place whatever else
// is shown. For a list of one item they are the same.
enum class PropensityKind { kGivenAbove, kOfPlace };

struct LoggedDecision {
  std::string id;                         // of the request
  std::string user = {};                  // key; empty: not known
  std::vector<std::string> history = {};  // items that the answer looked back on, oldest first
  std::int64_t time_ms = 0;               // since 1970; 0: not known
  PropensityKind kind = PropensityKind::kGivenAbove;
  std::size_t first_place = 0;  // of `shown`, from 0: some logs have one line per place
  std::int64_t k = 0;           // items that were asked for; 0: as many as were shown
  std::vector<ShownItem> shown = {};
  std::vector<std::string> eligible = {};  // items that might have been shown; empty: not known
  // What else the request asked for, as RecommendRequest has it.
  std::vector<std::string> exclude = {}, available = {};
  std::string where = {};
  bool keep_seen = false;
};

}  // namespace p5
