// Batches that a generative model learns from its own answers: group-relative policy optimisation (GRPO, Shao et al.
// 2024, for recommenders as in MiniOneRec, Kong et al. 2025). For each of some training positions the model's best
// items under the item trie are a group, the item that the user took among them. With reward r_i of item i of a group,
//   r_i = reward of the event at the taken item, else -rank_penalty * (1 / log2(rank_i + 1)) / sum of those of the
//   wrong
//         items, so that a wrong item costs more the higher it stands,
//   r'_i = r_i - kl * (log p(i) - log p_base(i)), and A_i = (r'_i - mean) / deviation over the group,
// a row is the question with item i as its answer and weight A_i, and the loss is the mean of A_i * -log p(i).
// Not thread-safe: it asks the model that is trained, between two steps.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "corpus/event_rewards.h"
#include "model/sequence_model.h"
#include "pipeline/reinforce_options.h"
#include "recommend/generative_source.h"
#include "recommend/loaded_run.h"
#include "task/evidence_writer.h"
#include "train/trainer.h"

namespace p5 {

class PolicyBatches final : public BatchSource {
 public:
  // All must outlive the batches; `base`: the frozen model, of the same vocabulary. Throws InvalidArgument (request)
  // for rewards that cannot be read and for a corpus without a user with two training items.
  PolicyBatches(SequenceModel& model, SequenceModel& base, const LoadedRun& run, const EvidenceWriter* evidence,
                const ReinforceOptions& options, std::uint64_t seed);

  TokenBatch next() override;
  std::int64_t batches_per_epoch() const override;
  std::vector<std::string> family_names() const override { return {"policy"}; }
  std::string state() const override;
  void set_state(const std::string& state) override;

  // A_i of rewards r'_i; zeros where all are the same.
  static std::vector<float> advantages(std::vector<double> rewards);
  // Of the items of a group by rank, of which the one at `taken` has the reward of its event.
  static std::vector<double> rewards_of(std::size_t count, std::size_t taken, double reward, double rank_penalty);

 private:
  struct Position {
    UserId user;
    std::size_t index;  // in the user's training items
  };
  struct Group {
    Position position;
    std::vector<ItemId> items;  // best first
    std::size_t taken = 0;
  };
  std::vector<Group> draw_groups();
  double reward_of(const Position& position) const;
  TokenRow row_of(const Group& group, std::size_t item) const;

  SequenceModel& model_;
  SequenceModel& base_;
  const LoadedRun& run_;
  const EvidenceWriter* evidence_;  // null: none
  ReinforceOptions options_;
  GenerativeSource source_;
  std::vector<Position> positions_;
  EventRewards rewards_;
  Rng rng_;
};

}  // namespace p5
