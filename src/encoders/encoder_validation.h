// NDCG@10 of an encoder on the validation targets of a split: all items are candidates, seen items too, and ties count
// against the encoder. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "corpus/split.h"
#include "encoders/encoder_scorer.h"
#include "encoders/encoder_spec.h"
#include "encoders/history_evidence.h"
#include "encoders/time_gaps.h"
#include "model/sequence_model.h"
#include "p5/stop_token.h"
#include "text/tokenizer.h"
#include "train/process_group.h"

namespace p5 {

class EncoderValidation {
 public:
  // `evidence` and `gaps` may be null. At most spec.options.validate_users users with a validation target, drawn by the
  // seed. The split and the spec must outlive this.
  EncoderValidation(const Split& split, const EncoderSpec& spec, std::shared_ptr<const HistoryEvidence> evidence,
                    const TimeGaps* gaps = nullptr);

  std::size_t size() const { return questions_.size(); }
  // Empty when `stop` asks before the end. REQUIRES a model of make_encoder() with this spec. With a group all its
  // processes call this and get the same figure: each encodes a part of the histories, and ranks these among all items,
  // or, where items are sharded (EncoderSpec::shards), all histories among its own items.
  std::optional<double> measure(SequenceModel& model, const StopToken& stop = {}, ProcessGroup* group = nullptr);

 private:
  struct Question {
    std::vector<TokenId> tokens;
    std::vector<std::uint8_t> gaps;  // of the tokens; empty: none
    ItemId target = 0;
    UserId user = 0;
  };
  // Questions [begin, end) that are encoded at once.
  struct Block {
    std::size_t begin = 0, end = 0;
    std::size_t size() const { return end - begin; }
  };
  // What ranks are counted with.
  struct Scored {
    const EncoderScorer& scorer;
    std::span<const float> vectors;  // [questions of the block, width]
    std::span<const float> targets;  // [questions of the block] scores of the targets; empty: they are among the items
  };
  void cut_blocks();
  std::vector<float> encode(const ItemEncoder& encoder, const Block& block) const;
  // Adds to ranks_ how many items are not worse than the targets.
  void count(const Block& block, const Scored& scored);
  void count_alone(const ItemEncoder& encoder, const StopToken& stop, ProcessGroup* group);
  void count_sharded(const ItemEncoder& encoder, const StopToken& stop, ProcessGroup& group);
  std::vector<float> own_target_scores(const Block& block, const EncoderScorer& scorer, std::span<const float> items,
                                       std::span<const float> vectors);
  const std::vector<KnownToken>& entries_of(std::size_t question);

  const Split& split_;
  const EncoderSpec& spec_;
  std::shared_ptr<const HistoryEvidence> evidence_;
  std::vector<Question> questions_;  // by ascending length
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> ranks_;                             // [questions], of the last measure()
  std::vector<std::optional<std::vector<KnownToken>>> entries_;  // [questions], found when they are first needed
};

}  // namespace p5
