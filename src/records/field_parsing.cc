#include "records/field_parsing.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <system_error>

namespace p5 {
namespace {

constexpr double kMillisecondsFrom = 1e11;  // as seconds this would be the year 5138
constexpr double kMicrosecondsFrom = 1e14, kNanosecondsFrom = 1e17;
constexpr double kNanosecondsTo = 4.2e18;               // the year 2103; beyond are marks such as 2^63 - 1
constexpr std::int64_t kFirstTime = -62135596800000LL;  // 0001-01-01
constexpr std::int64_t kLastTime = 253402300799999LL;   // the end of 9999

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Removes exactly `count` digits from the front.
bool take_digits(std::string_view& text, std::size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// "+02:00", "-0530", "+01", "Z", "UTC", "GMT" or nothing, as milliseconds to subtract.
std::optional<std::int64_t> parse_offset(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z" || text == "UTC" || text == "GMT") return 0;
  if (text.starts_with("UTC") || text.starts_with("GMT")) text.remove_prefix(3);
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  int hours = 0, minutes = 0;
  if (!take_digits(text, 2, hours)) return std::nullopt;
  take(text, ':');
  if (!text.empty() && !take_digits(text, 2, minutes)) return std::nullopt;
  if (!text.empty() || hours > 14 || minutes > 59) return std::nullopt;
  const std::int64_t offset = (hours * 60 + minutes) * std::int64_t{60000};
  return west ? -offset : offset;
}

// Removes "08:30", "08:30:15" or "08:30:15.250" from the front; milliseconds of the day.
std::optional<std::int64_t> take_clock(std::string_view& text) {
  int hour = 0, minute = 0, second = 0;
  if (!take_digits(text, 2, hour) || !take(text, ':') || !take_digits(text, 2, minute)) return std::nullopt;
  if (take(text, ':') && !take_digits(text, 2, second)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;  // 60: a leap second
  std::int64_t milliseconds = ((hour * 60 + minute) * 60 + second) * std::int64_t{1000};
  if (take(text, '.') || take(text, ',')) {
    int scale = 100;
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), scale /= 10) {
      milliseconds += (text.front() - '0') * scale;
    }
  }
  return milliseconds;
}

std::optional<std::int64_t> parse_iso(std::string_view text) {
  int year = 0, month = 0, day = 0;
  if (!take_digits(text, 4, year) || text.empty()) return std::nullopt;
  const char sign = text.front() == '/' ? '/' : '-';
  if (!take(text, sign) || !take_digits(text, 2, month) || !take(text, sign) || !take_digits(text, 2, day)) {
    return std::nullopt;
  }
  const auto date = midnight_of(year, month, day);
  if (!date || text.empty()) return date;
  if (!take(text, 'T') && !take(text, ' ') && !take(text, 't')) return std::nullopt;
  const auto clock = take_clock(text);
  const auto offset = clock ? parse_offset(trimmed(text)) : std::nullopt;
  if (!offset) return std::nullopt;
  return *date + *clock - *offset;
}

// "Sat Mar  5 08:00:01 2021", and with an offset or the name of the zone before the year ("+0000", "UTC").
std::optional<std::int64_t> parse_ctime(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto word = [&text] {
    text = trimmed(text);
    const std::string_view first = text.substr(0, text.find(' '));
    text.remove_prefix(first.size());
    return first;
  };
  if (word().size() < 3) return std::nullopt;
  const std::string_view name = word();
  const std::size_t month = name.size() == 3 ? kMonths.find(name) : std::string_view::npos;
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const auto day = parse_whole<int>(word());
  std::string_view hours = word(), last = word();
  const auto clock = take_clock(hours);
  std::optional<std::int64_t> offset = 0;
  if (!trimmed(text).empty()) {
    offset = parse_offset(last);
    last = word();
  }
  const auto year = last.size() == 4 ? parse_whole<int>(last) : std::nullopt;
  if (!day || !clock || !hours.empty() || !offset || !year || !text.empty()) return std::nullopt;
  const auto date = midnight_of(*year, static_cast<int>(month / 3) + 1, *day);
  if (!date) return std::nullopt;
  return *date + *clock - *offset;
}

std::optional<std::int64_t> in_range(std::int64_t milliseconds) {
  if (milliseconds < kFirstTime || milliseconds > kLastTime) return std::nullopt;
  return milliseconds;
}

}  // namespace

std::optional<std::int64_t> midnight_of(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86400000};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<double> parse_number(std::string_view text) {
  const auto value = parse_whole<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) { return parse_whole<std::int64_t>(text); }

std::optional<float> parse_rating(std::string_view text) {
  if (text.size() == 1 && is_digit(text[0])) return static_cast<float>(text[0] - '0');
  const auto value = parse_number(text);
  if (!value || std::abs(*value) > std::numeric_limits<float>::max()) return std::nullopt;
  return static_cast<float>(*value);
}

std::optional<double> parse_price(std::string_view text) {
  const std::size_t first = text.find_first_of("0123456789");
  // What is longer than "from $" or "Price: US$" before the number is prose, a style or a script, not a price.
  if (first == std::string_view::npos || first > 12) return std::nullopt;
  if (first > 0 && text[first - 1] == '-') return std::nullopt;
  text.remove_prefix(first);
  text = text.substr(0, std::min(text.find_first_not_of("0123456789.,"), text.size()));
  while (text.ends_with('.') || text.ends_with(',')) text.remove_suffix(1);
  // A last comma before one or two digits is a decimal comma, and dots are then between thousands: "1.234,50".
  const std::size_t comma = text.rfind(','), left = text.size() - 1 - std::min(comma, text.size() - 1);
  const bool decimal_comma =
      comma != std::string_view::npos && left <= 2 && text.find('.', comma) == std::string_view::npos;
  std::string digits;
  for (const char c : text) {
    if (c == ',' && decimal_comma) {
      digits.push_back('.');
    } else if (c != ',' && !(c == '.' && decimal_comma)) {
      digits.push_back(c);
    }
  }
  return parse_number(digits);
}

std::optional<std::int64_t> time_from_number(double value, TimeUnit unit) {
  if (!std::isfinite(value) || unit == TimeUnit::kIso) return std::nullopt;
  if (unit == TimeUnit::kAuto) {
    const double size = std::abs(value);
    if (size > kNanosecondsTo) return std::nullopt;
    unit = size < kMillisecondsFrom   ? TimeUnit::kSeconds
           : size < kMicrosecondsFrom ? TimeUnit::kMilliseconds
           : size < kNanosecondsFrom  ? TimeUnit::kMicroseconds
                                      : TimeUnit::kNanoseconds;
  }
  double milliseconds = value;
  if (unit == TimeUnit::kSeconds) milliseconds *= 1000;
  if (unit == TimeUnit::kMicroseconds) milliseconds /= 1e3;
  if (unit == TimeUnit::kNanoseconds) milliseconds /= 1e6;
  if (std::abs(milliseconds) > 1e15) return std::nullopt;
  return in_range(std::llround(milliseconds));
}

std::optional<std::int64_t> parse_time(std::string_view text, TimeUnit unit) {
  text = trimmed(text);
  if (unit == TimeUnit::kIso) return parse_iso(text);
  // Whole numbers up to 2^53 are exact as double; nanoseconds lose less than a microsecond.
  if (const auto number = parse_number(text)) return time_from_number(*number, unit);
  if (unit != TimeUnit::kAuto) return std::nullopt;
  const auto iso = parse_iso(text);
  return iso ? iso : parse_ctime(text);
}

std::optional<std::int64_t> parse_us_date(std::string_view text) {
  text = trimmed(text);
  int month = 0, day = 0, year = 0;
  const auto take_one_or_two = [&text](int& value) {
    return take_digits(text, 2, value) || take_digits(text, 1, value);
  };
  if (!take_one_or_two(month) || !take(text, ' ') || !take_one_or_two(day) || !take(text, ',') || !take(text, ' ') ||
      !take_digits(text, 4, year) || !text.empty()) {
    return std::nullopt;
  }
  return midnight_of(year, month, day);
}

void split_fields(std::string_view text, char separator, std::vector<std::string_view>& fields) {
  fields.clear();
  for (;;) {
    const std::size_t stop = text.find(separator);
    fields.push_back(text.substr(0, stop));
    if (stop == std::string_view::npos) return;
    text.remove_prefix(stop + 1);
  }
}

void split_fields(std::string_view text, std::string_view separator, std::vector<std::string_view>& fields) {
  fields.clear();
  for (;;) {
    const std::size_t stop = text.find(separator);
    fields.push_back(text.substr(0, stop));
    if (stop == std::string_view::npos) return;
    text.remove_prefix(stop + separator.size());
  }
}

std::vector<std::string> split_words(std::string_view text, char separator) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t stop = text.find(separator);
    if (stop != 0) words.emplace_back(text.substr(0, stop));
    if (stop == std::string_view::npos) break;
    text.remove_prefix(stop + 1);
  }
  return words;
}

}  // namespace p5
