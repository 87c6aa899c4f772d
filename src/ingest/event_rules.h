// Which interactions an import keeps by their rating and event type, and how much each type counts. Immutable;
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

struct CleaningOptions;

struct EventRules {
  // Throws a usage error for a minimum rating that is no number and for a weight that is not "type=number".
  explicit EventRules(const CleaningOptions& options);

  bool keeps(std::string_view event) const { return events.empty() || events.contains(event); }
  float weight_of(std::string_view event) const;
  // Sentences about types that options name and no event has. Both maps: type to count.
  std::vector<std::string> unmet(const std::map<std::string, std::uint64_t>& kept,
                                 const std::map<std::string, std::uint64_t>& dropped) const;
  // Throws a usage error where no event is of a type that options name.
  void check(const std::map<std::string, std::uint64_t>& dropped) const;

  double least_rating;
  std::set<std::string, std::less<>> events;  // empty: all are kept
  std::map<std::string, double> weights;      // empty: all count 1
};

}  // namespace p5
