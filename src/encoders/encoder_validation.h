// NDCG@10 of an encoder on the validation targets of a split: all items are candidates, seen items too, and ties count
// against the encoder. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "corpus/split.h"
#include "encoders/encoder_spec.h"
#include "encoders/history_evidence.h"
#include "encoders/time_gaps.h"
#include "model/sequence_model.h"
#include "p5/stop_token.h"
#include "text/tokenizer.h"

namespace p5 {

class EncoderValidation {
 public:
  // `evidence` and `gaps` may be null. At most spec.options.validate_users users with a validation target, drawn by the
  // seed. The split and the spec must outlive this.
  EncoderValidation(const Split& split, const EncoderSpec& spec, std::shared_ptr<const HistoryEvidence> evidence,
                    const TimeGaps* gaps = nullptr);

  std::size_t size() const { return questions_.size(); }
  // Empty when `stop` asks before the end. REQUIRES a model of make_encoder() with this spec.
  std::optional<double> measure(SequenceModel& model, const StopToken& stop = {});

 private:
  struct Question {
    std::vector<TokenId> tokens;
    std::vector<std::uint8_t> gaps;  // of the tokens; empty: none
    ItemId target = 0;
    UserId user = 0;
  };
  const Split& split_;
  const EncoderSpec& spec_;
  std::shared_ptr<const HistoryEvidence> evidence_;
  std::vector<Question> questions_;               // by ascending length
  std::vector<std::vector<KnownToken>> entries_;  // [questions], found at the first measure()
};

}  // namespace p5
