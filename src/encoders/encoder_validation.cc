#include "encoders/encoder_validation.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "base/draw.h"
#include "base/rng.h"
#include "encoders/encoder_scorer.h"
#include "encoders/history_rows.h"
#include "nn/layer_team.h"

namespace p5 {
namespace {

constexpr std::size_t kBlockTokens = 8192;  // that are encoded at once
constexpr std::size_t kBlockRows = 48;      // that are scored at once
constexpr std::size_t kCutoff = 10;

// The place of the target among the scores, from 1: whatever is not worse is before it.
std::size_t rank_of(std::span<const float> scores, ItemId target) {
  const float own = scores[target];
  std::size_t worse = 0;
  for (const float score : scores) worse += score < own ? 1 : 0;
  return scores.size() - worse;
}

}  // namespace

EncoderValidation::EncoderValidation(const Split& split, const EncoderSpec& spec,
                                     std::shared_ptr<const HistoryEvidence> evidence, const TimeGaps* gaps)
    : split_(split), spec_(spec), evidence_(std::move(evidence)) {
  std::vector<UserId> users;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    if (split.target_of(user, Part::kValid) && !split.history_for(user, Part::kValid).empty()) users.push_back(user);
  }
  keep_sample(users, static_cast<std::size_t>(spec.options.validate_users),
              Rng(spec.options.seed, "encoder validation"));
  for (const UserId user : users) {
    const auto history = split.history_for(user, Part::kValid);
    std::vector<std::uint8_t> steps;
    if (gaps != nullptr) steps = history_gaps(history, gaps->of_user(user, history.size()), spec);
    questions_.push_back({.tokens = history_tokens(history, spec),
                          .gaps = std::move(steps),
                          .target = split.corpus().items()[*split.target_of(user, Part::kValid)],
                          .user = user});
  }
  std::stable_sort(questions_.begin(), questions_.end(),
                   [](const Question& a, const Question& b) { return a.tokens.size() < b.tokens.size(); });
}

std::optional<double> EncoderValidation::measure(SequenceModel& model, const StopToken& stop) {
  const auto& encoder = ability_of<ItemEncoder>(model);
  const EncoderScorer scorer(encoder.tables(), spec_.options.width);
  const auto items = static_cast<std::size_t>(scorer.items());
  const auto width = static_cast<std::size_t>(scorer.width());
  const bool find = evidence_ != nullptr && entries_.empty();
  if (find) entries_.resize(questions_.size());
  std::vector<double> gains(questions_.size(), 0.0);
  std::vector<std::vector<TokenId>> rows;
  std::vector<std::vector<std::uint8_t>> gaps;
  for (std::size_t begin = 0; begin < questions_.size(); begin += rows.size()) {
    if (stop.stop_requested()) {
      if (find) entries_.clear();
      return std::nullopt;
    }
    rows.clear();
    gaps.clear();
    for (std::size_t i = begin; i < questions_.size(); ++i) {
      if (!rows.empty() && (rows.size() + 1) * questions_[i].tokens.size() > kBlockTokens) break;
      rows.push_back(questions_[i].tokens);
      if (!questions_[i].gaps.empty()) gaps.push_back(questions_[i].gaps);
    }
    const std::vector<float> vectors = encoder.encode(source_batch(rows, gaps));
    const std::size_t blocks = (rows.size() + kBlockRows - 1) / kBlockRows;
    for_each_on_team(static_cast<std::int64_t>(blocks), [&](std::int64_t block) {
      thread_local std::vector<float> scores;
      const std::size_t first = static_cast<std::size_t>(block) * kBlockRows;
      const std::size_t count = std::min(kBlockRows, rows.size() - first);
      scores.resize(count * items);
      scorer.multiply_items(std::span(vectors).subspan(first * width, count * width), scores);
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t question = begin + first + i;
        const auto row = std::span(scores).subspan(i * items, items);
        if (find) entries_[question] = evidence_->of(split_.history_for(questions_[question].user, Part::kValid));
        if (evidence_ != nullptr) scorer.add_evidence(entries_[question], row);
        const std::size_t rank = rank_of(row, questions_[question].target);
        if (rank <= kCutoff) gains[question] = 1.0 / std::log2(static_cast<double>(rank) + 1.0);
      }
    });
  }
  double sum = 0.0;
  for (const double gain : gains) sum += gain;
  return questions_.empty() ? 0.0 : sum / static_cast<double>(questions_.size());
}

}  // namespace p5
