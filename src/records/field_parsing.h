// Values from the text of a field. Nothing here throws: what is not a value is nullopt. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

enum class TimeUnit { kAuto, kSeconds, kMilliseconds, kMicroseconds, kNanoseconds, kIso };

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
std::string_view trimmed(std::string_view text);

// Decimal, as in JSON or C ("3", "-4.5", "8.7e8"), the whole text, finite.
std::optional<double> parse_number(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);
// parse_number for a value that must fit a float.
std::optional<float> parse_rating(std::string_view text);

// "3.17", "$3.17", "1,234.56", "12,50 EUR", "from $19.99", and the lower end of "$3.17 - $5.00". Never negative.
std::optional<double> parse_price(std::string_view text);

// Milliseconds since 1970 UTC. kAuto reads numbers below 1e11 as seconds, below 1e14 as milliseconds, below 1e17 as
// microseconds, others as nanoseconds, and text that is not a number as ISO 8601 or as C's ctime writes it:
// "2014-03-16", "2014/03/16", "2014-03-16 08:30[:15[.250]]" with a blank or T, then nothing (UTC), Z, UTC, GMT or an
// offset such as +02:00; "Sat Mar 5 08:00:01 2021", and the same with the offset before the year. Times must be in the
// years 1 to 9999.
std::optional<std::int64_t> parse_time(std::string_view text, TimeUnit unit);
std::optional<std::int64_t> time_from_number(double value, TimeUnit unit);
std::optional<std::int64_t> midnight_of(int year, int month, int day);
// "03 16, 2014" or "3 6, 2014", as in Amazon's reviewTime; midnight UTC.
std::optional<std::int64_t> parse_us_date(std::string_view text);

// Cuts at every `separator` into `fields`, whose memory is reused.
void split_fields(std::string_view text, char separator, std::vector<std::string_view>& fields);
// The same for MovieLens's "::".
void split_fields(std::string_view text, std::string_view separator, std::vector<std::string_view>& fields);
// Words of a token_seq: cut at `separator`, empty words left out.
std::vector<std::string> split_words(std::string_view text, char separator);

}  // namespace p5
