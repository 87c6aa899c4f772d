// Which settings a search may choose, and from what. A setting is any key of docs/options.md:
//
//   [knn]
//   recency = { low = 0.3, high = 0.95 }             # real
//   window = { low = 2, high = 50, log = true }      # integer, where both ends are; as likely from 2 to 5 as from 20
//   to 50 max_neighbors = { choices = [0, 100, 1000] }     # one of these, without an order
//
// A point of the space has one coordinate in [0, 1) per setting. Thread-safe: all const.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"

namespace p5 {

struct SearchSetting {
  enum class Kind { kReal, kInteger, kChoice };
  std::string key;
  Kind kind = Kind::kReal;
  double low = 0, high = 0;               // of numbers, both included
  bool log = false;                       // uniform in the logarithm
  std::vector<std::string> choices = {};  // as TOML

  // How many values a choice has; 0 for numbers.
  std::size_t choice_count() const { return choices.size(); }
  // The value at a coordinate, as TOML.
  std::string value_at(double coordinate) const;
};

using SearchPoint = std::vector<double>;

// What a trial found; higher scores are better.
struct Observation {
  SearchPoint point;
  double score = 0;
};

class SearchSpace {
 public:
  explicit SearchSpace(std::vector<SearchSetting> settings) : settings_(std::move(settings)) {}
  // Throws InvalidArgument (request) with file, line and key for what cannot be read, an empty space, or ends in the
  // wrong order.
  static SearchSpace load(const std::filesystem::path& file);
  static SearchSpace parse(std::string_view toml, const std::string& where);

  std::span<const SearchSetting> settings() const { return settings_; }
  std::size_t size() const { return settings_.size(); }
  SearchPoint random_point(Rng& rng) const;
  // One line per setting: equal texts are equal spaces.
  std::string describe() const;

 private:
  std::vector<SearchSetting> settings_;
};

}  // namespace p5
