#include "task/scale_words.h"

#include <array>
#include <cmath>
#include <string_view>

namespace p5 {
namespace {

constexpr std::array<std::string_view, 11> kNumbers = {"zero", "one",   "two",   "three", "four", "five",
                                                       "six",  "seven", "eight", "nine",  "ten"};

std::string in_letters(double number) {
  const double size = std::abs(number);
  if (size != std::round(size) || size >= static_cast<double>(kNumbers.size())) return RatingScale::word(number);
  return (number < 0 ? "minus " : "") + std::string(kNumbers[static_cast<std::size_t>(size)]);
}

}  // namespace

std::map<Slot, std::string> scale_words(const RatingScale& scale) {
  const std::string lowest = in_letters(scale.lowest());
  return {{Slot::kLowest, RatingScale::word(scale.lowest())},
          {Slot::kHighest, RatingScale::word(scale.highest())},
          {Slot::kLowestWord, lowest},
          {Slot::kHighestWord, in_letters(scale.highest())},
          {Slot::kLowestStars, lowest + (scale.lowest() == 1 ? " star" : " stars")}};
}

}  // namespace p5
