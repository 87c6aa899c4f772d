#include "corpus/time_text.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "corpus/interaction.h"

namespace p5 {
namespace {

using namespace std::chrono;

// Outside the calendar's range, the plain number says more.
bool is_in_calendar(std::int64_t time_ms) { return std::abs(time_ms) <= 200'000'000'000'000; }

std::string day_text(sys_days day) {
  const year_month_day parts(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(parts.year()), static_cast<unsigned>(parts.month()),
                     static_cast<unsigned>(parts.day()));
}

}  // namespace

std::string date_text(std::int64_t time_ms) {
  if (time_ms == kNoTime) return "unknown";
  if (!is_in_calendar(time_ms)) return fmt::format("{} ms", time_ms);
  return day_text(floor<days>(sys_time<milliseconds>(milliseconds(time_ms))));
}

std::string minute_text(std::int64_t time_ms) {
  if (time_ms == kNoTime) return {};
  if (!is_in_calendar(time_ms)) return fmt::format("{} ms", time_ms);
  const sys_time<milliseconds> time{milliseconds(time_ms)};
  const auto day = floor<days>(time);
  const auto minutes = floor<std::chrono::minutes>(time - day).count();
  return fmt::format("{} {:02}:{:02}", day_text(day), minutes / 60, minutes % 60);
}

}  // namespace p5
