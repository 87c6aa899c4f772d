// How the cells of one column write times: said by an option, or found from the column's first cells. A plain value;
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "records/field_parsing.h"

namespace p5 {

class TimeFormat {
 public:
  TimeFormat() = default;
  explicit TimeFormat(TimeUnit unit) : unit_(unit) {}
  // As strptime of C, with %f for a fraction of a second (Python) and %z for an offset; UTC without one. Throws a usage
  // error for a pattern without a day.
  static TimeFormat of_pattern(const std::string& pattern);

  // The format of a column whose first cells are these. Beyond what parse_time() reads: 20210305, and dates that begin
  // with the day or the month, where the cells tell which. Cells that tell nothing leave kAuto.
  static TimeFormat found_in(std::span<const std::string_view> cells);

  TimeUnit unit() const { return unit_; }
  // Whether parse() is parse_time() with the unit.
  bool is_plain() const { return pattern_.empty() && order_ == Order::kNone; }
  std::optional<std::int64_t> parse(std::string_view text) const;
  // For messages: "seconds, milliseconds or ISO 8601", "the format %d.%m.%Y".
  std::string expected() const;

 private:
  enum class Order { kNone, kCompact, kDayFirst, kMonthFirst };

  TimeUnit unit_ = TimeUnit::kAuto;
  Order order_ = Order::kNone;
  std::string pattern_;
};

}  // namespace p5
