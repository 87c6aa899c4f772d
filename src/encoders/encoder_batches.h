// The training rows of one objective of an encoder: the users' train items in windows, in batches of similar length.
// The order depends on the seed and the epoch alone. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "corpus/event_rewards.h"
#include "corpus/split.h"
#include "encoders/encoder_spec.h"
#include "encoders/history_evidence.h"
#include "encoders/objective_list.h"
#include "encoders/time_gaps.h"
#include "train/trainer.h"

namespace p5 {

// The train items [begin, end) of a user. With TargetRule::kNext its last `end - begin - 1` items are targets.
struct TrainingWindow {
  UserId user = 0;
  std::uint32_t begin = 0, end = 0;

  std::uint32_t size() const { return end - begin; }
};

// A history of at most `length` items is one window, a longer one several, from its end on. With kNext neighboring
// windows share an item, so that every train item but a user's first is a target exactly once.
std::vector<TrainingWindow> training_windows(const Split& split, TargetRule targets, std::int64_t length);

// What batches are made from; split and spec must outlive them.
struct BatchInputs {
  const Split& split;
  const EncoderSpec& spec;
  WeightedObjective objective;                           // that suits the spec's network
  std::uint8_t number = 0;                               // of the objective in its mix
  std::shared_ptr<const HistoryEvidence> evidence = {};  // of the next item; null: none
  std::shared_ptr<const TimeGaps> gaps = {};             // null: none
  std::size_t threads = 1;
  TrainingWorld world = {};  // of processes that share the rows of every batch
};

class EncoderBatches final : public BatchSource {
 public:
  // REQUIRES split.is_sequential().
  explicit EncoderBatches(BatchInputs inputs);

  // Batches say the number of the objective, also as the family of their rows, and its weight as that of the rows. Of
  // N processes, rank r gets the rows r, r + N, r + 2 N and so on, which weigh by their share of the batch's targets;
  // where a batch has fewer rows than processes, some get one that weighs nothing.
  TokenBatch next() override;
  bool gives_parts() const override { return true; }
  std::int64_t batches_per_epoch() const override { return batches_; }
  std::vector<std::string> family_names() const override { return {std::string(inputs_.objective.row->name)}; }
  std::int64_t target_count() const { return targets_; }
  std::string state() const override;
  void set_state(const std::string& state) override;

 private:
  // The evidence of a window's target positions, found when it is first needed.
  struct WindowEvidence {
    std::vector<std::uint32_t> ends;  // [targets]
    std::vector<KnownToken> entries;
  };
  std::int64_t targets_of(const TrainingWindow& window) const;
  // Of these, those that are learnt.
  std::int64_t kept_targets_of(const TrainingWindow& window) const;
  std::vector<std::uint8_t> masked_in(const TrainingWindow& window) const;
  // The windows of a batch that this process reads, and their share of its targets.
  struct OwnRows {
    std::vector<std::size_t> windows;
    double share = 1.0;
  };
  OwnRows own_rows(std::span<const std::size_t> windows) const;
  void plan_epoch();
  void find_evidence(std::span<const std::size_t> windows);
  void fill_row(const TrainingWindow& window, std::int64_t row, TokenBatch& batch) const;
  void mask_row(const TrainingWindow& window, std::int64_t row, TokenBatch& batch) const;
  void fill_gaps(const TrainingWindow& window, std::int64_t row, TokenBatch& batch) const;
  void fill_values(const TrainingWindow& window, std::int64_t row, TokenBatch& batch) const;
  double value_of(std::size_t interaction) const;
  void add_evidence(std::span<const std::size_t> windows, TokenBatch& batch);

  const BatchInputs inputs_;
  const Split& split_;
  const EncoderSpec& spec_;
  TargetRule rule_;
  ObjectiveNeed need_;  // of what is known of targets: ratings, rewards or discounted sums of them
  EventRewards rewards_;
  ThreadPool pool_;
  std::vector<TrainingWindow> windows_;
  std::int64_t targets_ = 0, batches_ = 0;
  std::int64_t epoch_ = 0, position_ = 0;             // the next batch
  std::vector<std::size_t> order_;                    // windows of the epoch, batch after batch
  std::vector<std::size_t> ends_;                     // of its batches in order_, [batches]
  std::vector<std::size_t> batch_order_;              // [batches]
  std::vector<std::optional<WindowEvidence>> found_;  // [windows]
  std::size_t kept_entries_ = 0;                      // in found_
};

}  // namespace p5
