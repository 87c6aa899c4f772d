#include "records/time_format.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::size_t kLongest = 128;   // of a cell that is a time
constexpr std::size_t kLeastDates = 2;  // that tell which number is the day: one could be a slip of the pen

// Fills `time` from the front of `text`, which ends in a zero; the rest, or null.
const char* read_pattern(const char* text, const std::string& pattern, std::tm& time, std::int64_t& fraction_ms) {
  std::size_t begin = 0;
  for (;;) {
    const std::size_t fraction = pattern.find("%f", begin);
    const std::string part = pattern.substr(begin, fraction == std::string::npos ? fraction : fraction - begin);
    if (!part.empty()) text = ::strptime(text, part.c_str(), &time);
    if (text == nullptr || fraction == std::string::npos) return text;
    if (!is_digit(*text)) return nullptr;
    for (std::int64_t scale = 100; is_digit(*text); ++text, scale /= 10) fraction_ms += (*text - '0') * scale;
    begin = fraction + 2;
  }
}

std::optional<std::int64_t> parse_pattern(std::string_view text, const std::string& pattern) {
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  const std::string copy(text);
  std::tm time{};
  time.tm_mday = 1;
  std::int64_t fraction_ms = 0;
  const char* rest = read_pattern(copy.c_str(), pattern, time, fraction_ms);
  if (rest == nullptr || !trimmed(rest).empty()) return std::nullopt;
  const auto midnight = midnight_of(time.tm_year + 1900, time.tm_mon + 1, time.tm_mday);
  if (!midnight) return std::nullopt;
  const std::int64_t seconds = (time.tm_hour * 60 + time.tm_min) * 60 + time.tm_sec - time.tm_gmtoff;
  return *midnight + seconds * 1000 + fraction_ms;
}

// 20210305, 20210305080001 and 202103050800.
std::optional<std::int64_t> parse_compact(std::string_view text) {
  text = trimmed(text);
  const bool whole = text.size() == 8 || text.size() == 12 || text.size() == 14;
  if (!whole || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  const auto number = [&text](std::size_t at, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(at, count)) value = value * 10 + (c - '0');
    return value;
  };
  const int year = number(0, 4);
  const auto midnight = year >= 1900 && year <= 2100 ? midnight_of(year, number(4, 2), number(6, 2)) : std::nullopt;
  if (!midnight || text.size() == 8) return midnight;
  const int hour = number(8, 2), minute = number(10, 2), second = text.size() == 14 ? number(12, 2) : 0;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return *midnight + ((hour * 60 + minute) * 60 + second) * std::int64_t{1000};
}

// "17.06.2018", "6/17/2018 04:53 PM": two numbers and a year between the same signs.
struct ShortDate {
  int first = 0, second = 0, year = 0;
  char sign = 0;
  std::string_view clock;
};

std::optional<ShortDate> read_short_date(std::string_view text) {
  text = trimmed(text);
  const auto take_number = [&text](std::size_t most, int& value) {
    std::size_t digits = 0;
    value = 0;
    while (digits < most && digits < text.size() && is_digit(text[digits])) value = value * 10 + (text[digits++] - '0');
    text.remove_prefix(digits);
    return digits;
  };
  ShortDate date;
  if (take_number(2, date.first) == 0 || text.empty()) return std::nullopt;
  date.sign = text.front();
  if (date.sign != '.' && date.sign != '/' && date.sign != '-') return std::nullopt;
  text.remove_prefix(1);
  if (take_number(2, date.second) == 0 || text.empty() || text.front() != date.sign) return std::nullopt;
  text.remove_prefix(1);
  if (take_number(4, date.year) != 4) return std::nullopt;
  if (text.starts_with(',')) text.remove_prefix(1);
  if (!text.empty() && text.front() != ' ' && text.front() != 'T') return std::nullopt;
  if (!text.empty()) text.remove_prefix(1);
  date.clock = trimmed(text);
  return date;
}

std::optional<std::int64_t> parse_short_date(std::string_view text, bool day_first) {
  const auto date = read_short_date(text);
  if (!date) return std::nullopt;
  const auto midnight = day_first ? midnight_of(date->year, date->second, date->first)
                                  : midnight_of(date->year, date->first, date->second);
  if (!midnight || date->clock.empty()) return midnight;
  for (const char* pattern : {"%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f", "%H:%M:%S", "%H:%M"}) {
    if (const auto clock =
            parse_pattern(std::string("1970-01-01 ").append(date->clock), std::string("%Y-%m-%d ").append(pattern))) {
      return *midnight + *clock;
    }
  }
  return std::nullopt;
}

}  // namespace

TimeFormat TimeFormat::of_pattern(const std::string& pattern) {
  const auto has = [&pattern](std::string_view letters) {
    for (std::size_t at = pattern.find('%'); at != std::string::npos && at + 1 < pattern.size();
         at = pattern.find('%', at + 2)) {
      if (letters.find(pattern[at + 1]) != std::string_view::npos) return true;
    }
    return false;
  };
  if (!has("dDeFcsxj")) {
    throw usage_error("a time format without a day", {.where = "--time-format",
                                                      .expected = "a pattern of strptime such as %d.%m.%Y %H:%M",
                                                      .got = "'" + pattern + "'"});
  }
  TimeFormat format;
  format.pattern_ = pattern;
  return format;
}

TimeFormat TimeFormat::found_in(std::span<const std::string_view> cells) {
  TimeFormat format;
  std::size_t compact = 0, dates = 0, filled = 0;
  bool first_is_day = false, second_is_day = false, dots = false;
  for (const std::string_view cell : cells) {
    if (trimmed(cell).empty()) continue;
    ++filled;
    compact += parse_compact(cell).has_value() ? 1 : 0;
    const auto date = read_short_date(cell);
    if (!date) continue;
    ++dates;
    first_is_day = first_is_day || date->first > 12;
    second_is_day = second_is_day || date->second > 12;
    dots = dots || date->sign == '.';  // no country writes the month first with dots
  }
  if (filled == 0) return format;
  const bool tell = dates >= kLeastDates && 2 * dates > filled;
  if (2 * compact > filled) {
    format.order_ = Order::kCompact;
  } else if (tell && (first_is_day || dots) && !second_is_day) {
    format.order_ = Order::kDayFirst;
  } else if (tell && second_is_day && !first_is_day) {
    format.order_ = Order::kMonthFirst;
  }
  return format;
}

std::optional<std::int64_t> TimeFormat::parse(std::string_view text) const {
  if (!pattern_.empty()) return parse_pattern(trimmed(text), pattern_);
  switch (order_) {
    case Order::kCompact:
      return parse_compact(text);
    case Order::kDayFirst:
      return parse_short_date(text, true);
    case Order::kMonthFirst:
      return parse_short_date(text, false);
    case Order::kNone:
      break;
  }
  return parse_time(text, unit_);
}

std::string TimeFormat::expected() const {
  if (!pattern_.empty()) return "the format " + pattern_;
  switch (order_) {
    case Order::kCompact:
      return "a date such as 20210305";
    case Order::kDayFirst:
      return "a date with the day first";
    case Order::kMonthFirst:
      return "a date with the month first";
    case Order::kNone:
      break;
  }
  return "seconds, milliseconds or ISO 8601; other dates need --time-format, such as \"%d/%m/%Y %H:%M\"";
}

}  // namespace p5
