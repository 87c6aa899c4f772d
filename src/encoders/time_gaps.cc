#include "encoders/time_gaps.h"

#include <algorithm>
#include <bit>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::int64_t kMinute = 60'000;

}  // namespace

std::uint8_t TimeGaps::step_of(std::int64_t milliseconds) {
  const auto minutes = static_cast<std::uint64_t>(std::max<std::int64_t>(milliseconds, 0) / kMinute);
  return static_cast<std::uint8_t>(std::min<std::int64_t>(1 + std::bit_width(minutes), kSteps - 1));
}

std::int64_t TimeGaps::least_of(std::int64_t step) { return kMinute << (step - 2); }

TimeGaps::TimeGaps(const Split& split) {
  const Corpus& corpus = split.corpus();
  const auto times = corpus.times();
  bool known = false;
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    begins_.push_back(items_.size());
    const Corpus::Range range = corpus.range_of(user);
    std::int64_t before = kNoTime;
    for (std::size_t at = range.begin; at < range.end; ++at) {
      if (split.part_of(at) == Part::kUnused) continue;
      known = known || times[at] != kNoTime;
      const bool gap = before != kNoTime && times[at] != kNoTime;
      items_.push_back(corpus.items()[at]);
      steps_.push_back(gap ? step_of(times[at] - before) : std::uint8_t{0});
      before = times[at];
    }
  }
  begins_.push_back(items_.size());
  if (!known) {
    throw data_error(
        "encoder.time_gaps has no data",
        {.where = "corpus " + corpus.info().name, .expected = "the column timestamp of events", .got = "none"});
  }
}

std::span<const std::uint8_t> TimeGaps::of_user(UserId user, std::size_t count) const {
  return std::span(steps_).subspan(begins_[user], std::min(count, begins_[user + 1] - begins_[user]));
}

std::vector<std::uint8_t> TimeGaps::of_history(UserId user, std::span<const ItemId> history) const {
  std::vector<std::uint8_t> steps(history.size(), 0);
  if (user >= begins_.size() - 1) return steps;
  const auto own = std::span(items_).subspan(begins_[user], begins_[user + 1] - begins_[user]);
  if (history.size() > own.size() || !std::ranges::equal(history, own.first(history.size()))) return steps;
  std::ranges::copy(of_user(user, history.size()), steps.begin());
  return steps;
}

}  // namespace p5
