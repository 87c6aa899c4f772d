#include "corpus/event_rewards.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "p5/error.h"

namespace p5 {

EventRewards::EventRewards(const std::vector<std::string>& rules, const Corpus& corpus, const std::string& option)
    : corpus_(&corpus) {
  for (const std::string& rule : rules) {
    if (rule == "rating=value") {
      by_rating_ = true;
      continue;
    }
    const std::size_t sign = rule.rfind('=');
    const char* const end = rule.data() + rule.size();
    double reward = 0;
    const auto [stop, failure] = std::from_chars(sign == std::string::npos ? end : rule.data() + sign + 1, end, reward);
    if (failure != std::errc() || stop != end || !std::isfinite(reward)) {
      throw usage_error("a reward of an event", {.where = option,
                                                 .expected = "event=number, as \"purchase=1\", or \"rating=value\"",
                                                 .got = "'" + rule + "'"});
    }
    by_type_.emplace_back(rule.substr(0, sign), reward);
  }
}

double EventRewards::of(std::size_t interaction) const {
  const auto found = std::ranges::find(by_type_, corpus_->event(interaction), &std::pair<std::string, double>::first);
  if (found != by_type_.end()) return found->second;
  const auto rating = static_cast<double>(corpus_->ratings()[interaction]);
  if (!by_rating_ || !std::isfinite(rating)) return 1;
  const RatingScale scale = corpus_->rating_scale();
  return (scale.clamp(rating) - scale.lowest()) / (scale.highest() - scale.lowest());
}

}  // namespace p5
