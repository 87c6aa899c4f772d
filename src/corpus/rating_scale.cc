#include "corpus/rating_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr double kTolerance = 1e-4;  // of a step: ratings are floats

bool is_whole(double number) { return std::abs(number - std::round(number)) < kTolerance; }

// A scale that logs use. The list goes from narrow to wide, and steps come before fractions.
struct UsualScale {
  double lowest, highest, step;
  bool both_ends = false;  // only where the ratings reach both
};
constexpr UsualScale kUsual[] = {
    {0, 1, 1},     {-1, 1, 1},  {0, 1, 0.5}, {0, 1, 0},      {-1, 1, 0},      {1, 5, 1},  {0, 5, 1},  {1, 5, 0.5},
    {0.5, 5, 0.5}, {0, 5, 0.5}, {1, 5, 0},   {0, 5, 0},      {1, 7, 1, true}, {1, 10, 1}, {0, 10, 1}, {1, 10, 0.5},
    {0, 10, 0.5},  {1, 10, 0},  {0, 10, 0},  {-5, 5, 1},     {-5, 5, 0},      {0, 20, 1}, {0, 20, 0}, {-10, 10, 1},
    {-10, 10, 0},  {0, 100, 1}, {0, 100, 0}, {-100, 100, 1}, {-100, 100, 0},
};

// What decides among scales.
struct RatingRange {
  double lowest = 0, highest = 0;
  std::size_t count = 0;
  bool whole = true;
};

RatingRange range_of(std::span<const float> ratings) {
  RatingRange range;
  for (const float rating : ratings) {
    if (!std::isfinite(rating)) continue;
    const auto value = static_cast<double>(rating);
    range.lowest = range.count == 0 ? value : std::min(range.lowest, value);
    range.highest = range.count == 0 ? value : std::max(range.highest, value);
    range.whole = range.whole && is_whole(value);
    ++range.count;
  }
  return range;
}

bool fits(const UsualScale& usual, std::span<const float> ratings, const RatingRange& range) {
  if (usual.both_ends && (range.lowest != usual.lowest || range.highest != usual.highest)) return false;
  const RatingScale scale(usual.lowest, usual.highest, usual.step);
  const std::size_t allowed = range.count / 1000;
  std::size_t outside = 0;
  for (const float rating : ratings) {
    if (std::isfinite(rating) && !scale.contains(static_cast<double>(rating)) && ++outside > allowed) return false;
  }
  return true;
}

RatingScale scale_around(const RatingRange& range) {
  double lowest = std::floor(range.lowest), highest = std::ceil(range.highest);
  if (lowest == highest) {
    lowest = std::min(lowest, 0.0);
    highest = std::max(highest, 0.0);
  }
  return {lowest, highest, range.whole && highest - lowest < 1e9 ? 1.0 : 0.0};
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace

RatingScale::RatingScale(double lowest, double highest, double step) : lowest_(lowest), highest_(highest), step_(step) {
  const bool finite = std::isfinite(lowest) && std::isfinite(highest) && std::isfinite(step);
  if (!finite || !(lowest < highest) || step < 0 || (step > 0 && !is_whole((highest - lowest) / step))) {
    throw usage_error("bad rating scale",
                      {.expected = "a lowest rating below the highest, and a step that leads from one to the other",
                       .got = fmt::format("{} to {} in steps of {}", lowest, highest, step)});
  }
  parts_ = parts_of(lowest, highest, step);
}

// All ratings are levels where they are few. Otherwise the most levels, eleven at most, that are ratings, too.
std::size_t RatingScale::parts_of(double lowest, double highest, double step) {
  constexpr std::size_t kMostParts = kMostLevels - 1, kFewestParts = 5;
  const double range = highest - lowest;
  const bool whole = step == 0 && range >= 2 && is_whole(lowest) && is_whole(highest);
  if (whole) step = 1;  // fractions are between the levels
  if (step == 0) return kMostParts;
  const double steps = std::round(range / step);
  if (steps <= static_cast<double>(kMostParts)) return static_cast<std::size_t>(steps);
  for (std::size_t parts = kMostParts; parts >= kFewestParts; --parts) {
    if (is_whole(steps / static_cast<double>(parts))) return parts;
  }
  return kMostParts;
}

RatingScale RatingScale::of(std::span<const float> ratings) {
  const RatingRange range = range_of(ratings);
  if (range.count == 0) return {};
  for (const UsualScale& usual : kUsual) {
    if (fits(usual, ratings, range)) return {usual.lowest, usual.highest, usual.step};
  }
  return scale_around(range);
}

RatingScale RatingScale::parse(std::string_view text, std::string_view where) {
  const Error bad =
      usage_error("bad rating scale", {.where = std::string(where),
                                       .expected = "LOW..HIGH or LOW..HIGH:STEP, such as 1..10 or 0.5..5:0.5",
                                       .got = "'" + std::string(text) + "'"});
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) throw bad;
  const std::string_view rest = text.substr(dots + 2);
  const std::size_t colon = std::min(rest.find(':'), rest.size());
  const auto lowest = number_in(text.substr(0, dots)), highest = number_in(rest.substr(0, colon));
  const auto step = colon == rest.size() ? std::optional(1.0) : number_in(rest.substr(colon + 1));
  if (!lowest || !highest || !step) throw bad;
  try {
    return {*lowest, *highest, *step};
  } catch (const Error& error) {
    throw Error(error.code(), error.subject(), fmt::format("{}: {}", where, error.what()));
  }
}

double RatingScale::clamp(double rating) const { return std::clamp(rating, lowest_, highest_); }

bool RatingScale::contains(double rating) const {
  if (!(rating >= lowest_ && rating <= highest_)) return false;
  return step_ == 0 || is_whole((rating - lowest_) / step_);
}

std::string RatingScale::to_string() const {
  const std::string ends = word(lowest_) + ".." + word(highest_);
  return step_ == 1 ? ends : ends + ":" + word(step_);
}

std::string RatingScale::in_words() const {
  const std::string low = word(lowest_), high = word(highest_);
  if (step_ == highest_ - lowest_) return low + " or " + high;
  if (step_ == 1) return low + " to " + high;
  return step_ == 0 ? fmt::format("{} to {} with fractions", low, high)
                    : fmt::format("{} to {} in steps of {}", low, high, word(step_));
}

// Rounded, so that levels read well where the range has no even parts.
double RatingScale::level(std::size_t index) const {
  if (index >= parts_) return highest_;
  const double value = lowest_ + (highest_ - lowest_) * static_cast<double>(index) / static_cast<double>(parts_);
  return std::round(value * 1e6) / 1e6 + 0.0;  // no minus zero
}

std::vector<double> RatingScale::levels() const {
  std::vector<double> levels;
  for (std::size_t i = 0; i < level_count(); ++i) levels.push_back(level(i));
  return levels;
}

std::size_t RatingScale::level_of(double rating) const {
  return static_cast<std::size_t>(std::lround((clamp(rating) - lowest_) / spacing()));
}

bool RatingScale::likes(double rating) const { return 4 * level_of(rating) >= 3 * parts_; }

std::string RatingScale::word(double level) { return fmt::format("{:.10g}", level); }

std::vector<std::string> RatingScale::words() const {
  std::vector<std::string> words;
  for (const double each : levels()) words.push_back(word(each));
  return words;
}

std::string RatingScale::fine_word(double rating) const {
  constexpr int kMostDecimals = 3;
  double unit = spacing() / 10;
  int decimals = 0;
  for (; decimals < kMostDecimals && !is_whole(unit); ++decimals) unit *= 10;
  const double shift = std::pow(10.0, decimals);
  return fmt::format("{:.{}f}", std::abs(rating * shift) < 0.5 ? 0.0 : rating, decimals);  // no "-0.0"
}

}  // namespace p5
