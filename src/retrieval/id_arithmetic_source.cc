#include "retrieval/id_arithmetic_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::int64_t kLargestNumber = std::int64_t{1} << 62;  // so that the arithmetic cannot overflow

bool contains(const std::vector<std::int64_t>& values, std::int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

IdArithmeticSource::IdArithmeticSource(std::vector<std::int64_t> numbers)
    : ScoringSource(numbers.size()), numbers_(std::move(numbers)) {
  items_.reserve(numbers_.size());
  for (ItemId item = 0; item < numbers_.size(); ++item) {
    const std::int64_t number = numbers_[item];
    if (number > kLargestNumber || number < -kLargestNumber) {
      throw usage_error(
          "number of an item out of range",
          {.where = fmt::format("item {}", item), .expected = "|number| <= 2^62", .got = fmt::format("{}", number)});
    }
    if (!items_.emplace(number, item).second) {
      throw usage_error("two items with one number", {.where = fmt::format("items {} and {}", items_[number], item),
                                                      .expected = "a distinct number for each",
                                                      .got = fmt::format("{} twice", number)});
    }
  }
}

std::vector<std::int64_t> IdArithmeticSource::guesses(std::span<const ItemId> history) const {
  std::vector<std::int64_t> seen;
  for (const ItemId item : history) {
    if (item < numbers_.size()) seen.push_back(numbers_[item]);
  }
  std::vector<std::int64_t> guessed;
  if (seen.empty()) return guessed;
  const std::int64_t most = *std::max_element(seen.begin(), seen.end());
  const std::int64_t last = seen.back();
  for (const std::int64_t value : {most + 1, last + 1, most + 2, last + 2, most + 3, last + 3, most - 1}) {
    if (guessed.size() < kGuesses && !contains(seen, value) && !contains(guessed, value)) guessed.push_back(value);
  }
  return guessed;
}

void IdArithmeticSource::score(const CandidateQuery& query, std::span<float> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0f);
  float score = kGuesses;
  for (const std::int64_t number : guesses(query.history)) {
    const auto found = items_.find(number);
    if (found != items_.end()) scores[found->second] = score;
    score -= 1.0f;
  }
}

}  // namespace p5
