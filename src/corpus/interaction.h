// One event of a log, and one row of an item or user table, as sources give them: keyed by text, not yet dense.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace p5 {

inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();
inline constexpr float kNoRating = std::numeric_limits<float>::quiet_NaN();

// A token, a token list, a number, or a number list (for image or text vectors).
using AttributeValue = std::variant<std::string, std::vector<std::string>, double, std::vector<float>>;

struct Attribute {
  std::string name;
  AttributeValue value;
};

// A user did something to an item. `time_ms` is milliseconds since 1970 UTC, or kNoTime; `rating` NaN when absent.
struct Interaction {
  std::string user = {}, item = {};
  float rating = kNoRating;
  std::int64_t time_ms = kNoTime;
  std::string event = {};                  // "review", "click", ...; empty when the source has no types
  std::string review = {}, headline = {};  // UTF-8
  std::vector<Attribute> attributes = {};  // other facts from the source: helpful votes, device, ...
};

struct ItemRecord {
  std::string key = {}, title = {}, brand = {}, description = {};
  double price = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::string> categories = {};  // from general to specific
  std::vector<Attribute> attributes = {};
};

struct UserRecord {
  std::string key = {}, name = {};
  std::vector<Attribute> attributes = {};  // such as demographics
};

}  // namespace p5
