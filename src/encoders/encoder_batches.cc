#include "encoders/encoder_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "base/rng.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::size_t kPoolWindows = 6000;            // among which windows of similar length are gathered
constexpr std::size_t kMostKeptEntries = 40'000'000;  // of evidence, 16 bytes each
constexpr double kMaskShare = 0.2;                    // of a row's items
constexpr double kUnknownGaps = 0.1;                  // share of windows
constexpr double kLastOnly = 0.5;                     // share of rows whose last item alone is masked: what is asked

std::vector<std::string> rules_of(const EncoderOptions& options, const Corpus& corpus) {
  if (!options.rewards.empty() || !corpus.has_ratings()) return options.rewards;
  return {"rating=value"};
}

bool has_values(ObjectiveNeed need) {
  return need == ObjectiveNeed::kRatings || need == ObjectiveNeed::kReturns || need == ObjectiveNeed::kRewards;
}

}  // namespace

std::vector<TrainingWindow> training_windows(const Split& split, TargetRule targets, std::int64_t length) {
  const bool next = targets == TargetRule::kNext;
  const auto most = static_cast<std::uint32_t>(length + (next ? 1 : 0));
  const std::uint32_t least = targets == TargetRule::kSame ? 1 : 2;
  std::vector<TrainingWindow> windows;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    auto end = static_cast<std::uint32_t>(split.train_items(user).size());
    while (end >= least) {
      const std::uint32_t begin = end > most ? end - most : 0;
      windows.push_back({user, begin, end});
      end = begin == 0 ? 0 : begin + (next ? 1 : 0);
    }
  }
  return windows;
}

EncoderBatches::EncoderBatches(BatchInputs inputs)
    : inputs_(std::move(inputs)),
      split_(inputs_.split),
      spec_(inputs_.spec),
      rule_(inputs_.objective.row->targets_of(encoder_row(spec_.options.network))),
      need_(inputs_.objective.row->needs),
      rewards_(rules_of(spec_.options, split_.corpus()), split_.corpus(), "encoder.rewards"),
      pool_(inputs_.threads),
      windows_(training_windows(split_, rule_, spec_.options.history)),
      found_(windows_.size()) {
  for (const TrainingWindow& window : windows_) targets_ += targets_of(window);
  const std::int64_t each = std::max<std::int64_t>(spec_.options.batch_targets, 1);
  batches_ = std::min<std::int64_t>((targets_ + each - 1) / each, static_cast<std::int64_t>(windows_.size()));
  if (batches_ > 0) plan_epoch();
}

// Of the masked items, those that are read: the batch's size in time and memory.
std::int64_t EncoderBatches::targets_of(const TrainingWindow& window) const {
  return window.size() - (rule_ == TargetRule::kNext ? 1 : 0);
}

// Windows in random order, sorted by length within pools, up and down in turn, so that a batch on a border also holds
// similar lengths; then cut into batches of equal numbers of targets, in random order.
void EncoderBatches::plan_epoch() {
  Rng rng(spec_.options.seed, fmt::format("encoder epoch {}", epoch_));
  order_.resize(windows_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  rng.shuffle(std::span(order_));
  bool up = true;
  for (std::size_t begin = 0; begin < order_.size(); begin += kPoolWindows, up = !up) {
    const auto pool = std::span(order_).subspan(begin, std::min(kPoolWindows, order_.size() - begin));
    std::stable_sort(pool.begin(), pool.end(), [&](std::size_t a, std::size_t b) {
      return up ? windows_[a].size() < windows_[b].size() : windows_[a].size() > windows_[b].size();
    });
  }
  ends_.clear();
  std::int64_t targets = 0;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    targets += targets_of(windows_[order_[i]]);
    const auto made = static_cast<std::int64_t>(ends_.size());
    const auto left = static_cast<std::int64_t>(order_.size() - i - 1);
    const bool full = targets * batches_ >= targets_ * (made + 1);
    if ((full || left < batches_ - made) && made < batches_) ends_.push_back(i + 1);
  }
  ends_.back() = order_.size();
  batch_order_.resize(ends_.size());
  std::iota(batch_order_.begin(), batch_order_.end(), std::size_t{0});
  rng.shuffle(std::span(batch_order_));
}

std::int64_t EncoderBatches::kept_targets_of(const TrainingWindow& window) const {
  if (rule_ != TargetRule::kMasked) return targets_of(window);
  const std::vector<std::uint8_t> masked = masked_in(window);
  return std::count(masked.begin(), masked.end(), std::uint8_t{1});
}

EncoderBatches::OwnRows EncoderBatches::own_rows(std::span<const std::size_t> windows) const {
  const TrainingWorld& world = inputs_.world;
  if (world.alone()) return {.windows = {windows.begin(), windows.end()}};
  OwnRows rows;
  std::int64_t all = 0, own = 0;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const std::int64_t kept = kept_targets_of(windows_[windows[i]]);
    all += kept;
    if (static_cast<std::int64_t>(i) % world.size != world.rank) continue;
    own += kept;
    rows.windows.push_back(windows[i]);
  }
  rows.share = static_cast<double>(own) / static_cast<double>(all);
  if (rows.windows.empty()) rows.windows.push_back(windows.front());
  return rows;
}

TokenBatch EncoderBatches::next() {
  if (position_ == batches_) {
    position_ = 0;
    ++epoch_;
    plan_epoch();
  }
  const std::size_t place = batch_order_[static_cast<std::size_t>(position_++)];
  const std::size_t begin = place == 0 ? 0 : ends_[place - 1];
  const OwnRows own = own_rows(std::span(order_).subspan(begin, ends_[place] - begin));
  const std::vector<std::size_t>& windows = own.windows;
  TokenBatch batch;
  batch.draw_seed =
      stable_hash(fmt::format("draws {} {} {} {}", spec_.options.seed, inputs_.number, epoch_, position_));
  batch.rows = static_cast<std::int32_t>(windows.size());
  for (const std::size_t window : windows) {
    batch.source_length = std::max(batch.source_length, static_cast<std::int32_t>(targets_of(windows_[window])));
  }
  batch.target_length = batch.source_length;
  const auto size = windows.size() * static_cast<std::size_t>(batch.source_length);
  batch.source.assign(size, kPadToken);
  batch.target.assign(size, kPadToken);
  batch.source_mask.assign(size, 0);
  batch.target_mask.assign(size, 0);
  batch.objective = inputs_.number;
  batch.family.assign(windows.size(), static_cast<std::int16_t>(inputs_.number));
  batch.row_weight.assign(windows.size(), static_cast<float>(inputs_.objective.weight * own.share));
  if (has_values(need_)) batch.target_value.assign(size, kNoRating);
  if (inputs_.gaps != nullptr) batch.gap.assign(size, 0);
  for (std::size_t row = 0; row < windows.size(); ++row) {
    const TrainingWindow& window = windows_[windows[row]];
    fill_row(window, static_cast<std::int64_t>(row), batch);
    if (has_values(need_)) fill_values(window, static_cast<std::int64_t>(row), batch);
    if (inputs_.gaps != nullptr) fill_gaps(window, static_cast<std::int64_t>(row), batch);
    if (rule_ == TargetRule::kMasked) mask_row(window, static_cast<std::int64_t>(row), batch);
  }
  if (inputs_.evidence != nullptr) add_evidence(windows, batch);
  return batch;
}

void EncoderBatches::fill_row(const TrainingWindow& window, std::int64_t row, TokenBatch& batch) const {
  const auto items = split_.train_items(window.user).subspan(window.begin, window.size());
  const auto count = static_cast<std::size_t>(targets_of(window));
  const auto at = static_cast<std::size_t>(row * batch.source_length);
  const std::size_t shift = rule_ == TargetRule::kNext ? 1 : 0;
  for (std::size_t i = 0; i < count; ++i) {
    batch.source[at + i] = static_cast<TokenId>(items[i]) + 1;
    batch.target[at + i] = static_cast<TokenId>(items[i + shift]) + 1;
    batch.source_mask[at + i] = batch.target_mask[at + i] = 1;
  }
}

// Some windows have unknown gaps, so that the step for unknown gaps is also learnt.
void EncoderBatches::fill_gaps(const TrainingWindow& window, std::int64_t row, TokenBatch& batch) const {
  Rng rng(spec_.options.seed, fmt::format("gaps {} {} {}", epoch_, window.user, window.begin));
  if (rng.uniform() < kUnknownGaps) return;
  const auto steps = inputs_.gaps->of_user(window.user, window.end).subspan(window.begin);
  const auto at = static_cast<std::ptrdiff_t>(row * batch.source_length);
  std::copy_n(steps.begin(), targets_of(window), batch.gap.begin() + at);
}

double EncoderBatches::value_of(std::size_t interaction) const {
  return need_ == ObjectiveNeed::kRatings ? static_cast<double>(split_.corpus().ratings()[interaction])
                                          : rewards_.of(interaction);
}

// Train items are the first used events of their user. A return is what an event and the later ones of the train part
// earn: R_t = r_t + discount R_(t+1).
void EncoderBatches::fill_values(const TrainingWindow& window, std::int64_t row, TokenBatch& batch) const {
  const Corpus::Range range = split_.corpus().range_of(window.user);
  const std::size_t first = window.end - static_cast<std::size_t>(targets_of(window));
  const bool sums = need_ == ObjectiveNeed::kReturns;
  const std::size_t end = sums ? split_.train_items(window.user).size() : window.end;
  std::vector<double> values;  // of the used events from the first target on
  std::size_t used = 0;
  for (std::size_t at = range.begin; at < range.end && used < end; ++at) {
    if (split_.part_of(at) == Part::kUnused) continue;
    if (used++ >= first) values.push_back(value_of(at));
  }
  for (std::size_t i = values.size() - 1; sums && i-- > 0;) values[i] += spec_.options.discount * values[i + 1];
  for (std::size_t i = 0; i < window.end - first; ++i) {
    batch.target_value[static_cast<std::size_t>(row * batch.source_length) + i] = static_cast<float>(values[i]);
  }
}

std::vector<std::uint8_t> EncoderBatches::masked_in(const TrainingWindow& window) const {
  Rng rng(spec_.options.seed, fmt::format("mask {} {} {}", epoch_, window.user, window.begin));
  const std::size_t last = window.size() - 1;
  const bool last_only = rng.uniform() < kLastOnly;
  const std::size_t sure = last_only ? last : rng.below(window.size());
  std::vector<std::uint8_t> masked(window.size());
  for (std::size_t i = 0; i <= last; ++i) {
    masked[i] = i == sure || (!last_only && rng.uniform() < kMaskShare) ? 1 : 0;
  }
  return masked;
}

void EncoderBatches::mask_row(const TrainingWindow& window, std::int64_t row, TokenBatch& batch) const {
  const auto at = static_cast<std::size_t>(row * batch.source_length);
  const std::vector<std::uint8_t> masked = masked_in(window);
  for (std::size_t i = 0; i < masked.size(); ++i) {
    if (masked[i] == 1) batch.source[at + i] = static_cast<TokenId>(spec_.mask_token());
    if (masked[i] == 1 && !batch.gap.empty()) batch.gap[at + i] = 0;
    batch.target_mask[at + i] = masked[i];
    if (masked[i] == 0) batch.target[at + i] = kPadToken;
  }
}

void EncoderBatches::find_evidence(std::span<const std::size_t> windows) {
  pool_.parallel_for(windows.size(), 4, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      const TrainingWindow& window = windows_[windows[i]];
      std::optional<WindowEvidence>& found = found_[windows[i]];
      if (found) continue;
      found.emplace();
      const auto items = split_.train_items(window.user);
      for (std::size_t position = window.begin; position + 1 < window.end; ++position) {
        const std::vector<KnownToken> entries = inputs_.evidence->of(items.first(position + 1), window.user);
        found->entries.insert(found->entries.end(), entries.begin(), entries.end());
        found->ends.push_back(static_cast<std::uint32_t>(found->entries.size()));
      }
      found->entries.shrink_to_fit();
    }
  });
}

void EncoderBatches::add_evidence(std::span<const std::size_t> windows, TokenBatch& batch) {
  for (const std::size_t window : windows) kept_entries_ -= found_[window] ? found_[window]->entries.size() : 0;
  find_evidence(windows);
  for (const std::size_t window : windows) kept_entries_ += found_[window]->entries.size();
  TokenEvidence& evidence = batch.evidence;
  evidence.offsets.push_back(0);
  evidence.distill = static_cast<float>(spec_.distill);
  std::size_t added = 0;
  for (const std::size_t window : windows) {
    const WindowEvidence& found = *found_[window];
    evidence.tokens.insert(evidence.tokens.end(), found.entries.begin(), found.entries.end());
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch.target_length); ++i) {
      const std::uint32_t end = found.ends[std::min(i, found.ends.size() - 1)];
      evidence.offsets.push_back(static_cast<std::uint32_t>(added + end));
    }
    added += found.entries.size();
  }
  // What does not fit is found again in the next epoch.
  if (kept_entries_ > kMostKeptEntries) {
    for (const std::size_t window : windows)
      kept_entries_ -= std::exchange(found_[window], std::nullopt)->entries.size();
  }
}

std::string EncoderBatches::state() const { return fmt::format("{} {}", epoch_, position_); }

void EncoderBatches::set_state(const std::string& state) {
  std::int64_t epoch = -1, position = -1;
  const char* end = state.data() + state.size();
  const auto first = std::from_chars(state.data(), end, epoch);
  if (first.ec == std::errc() && first.ptr != end) std::from_chars(first.ptr + 1, end, position);
  if (epoch < 0 || position < 0 || position > batches_) {
    throw model_error("a bad position in the training data",
                      {.where = "checkpoint", .expected = "an epoch and a batch of it", .got = "'" + state + "'"});
  }
  epoch_ = epoch;
  position_ = position;
  plan_epoch();
}

}  // namespace p5
