// What a sequence encoder is and how it is trained: the options encoder.*, and the list of encoders. Plain values;
// thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/option_table.h"

namespace p5 {

enum class EncoderKind { kSasRec, kESasRec, kBert4Rec, kGru4Rec, kCaser, kNextItNet, kMultVae };

// What a position of a training row must predict.
enum class TargetRule {
  kNext,    // the item after it, from the items up to it
  kMasked,  // the item that a mask token stands for, from all the others
  kSame,    // all items of the row, from all items of the row
};

// One encoder, as a row of the list.
struct EncoderRow {
  EncoderKind kind;
  std::string_view name, summary;
  TargetRule targets = TargetRule::kNext;
};
std::span<const EncoderRow> encoder_rows();
const EncoderRow& encoder_row(EncoderKind kind);

struct EncoderOptions {
  enum class Positions { kRelative, kAbsolute, kNone };
  enum class Loss { kSoftmax, kSampledSoftmax, kBinary, kPairwise };

  EncoderKind network = EncoderKind::kSasRec;
  std::int64_t width = 256;       // of item vectors and states
  std::int64_t layers = 1;        // blocks
  std::int64_t heads = 1;         // of attention
  std::int64_t feed_forward = 4;  // width of the feed-forward part, in widths
  std::int64_t history = 50;      // newest items of a history that are read
  double dropout = 0.2;
  Positions positions = Positions::kRelative;
  Loss loss = Loss::kSoftmax;
  std::int64_t negatives = 256;  // drawn items of the losses that draw some
  bool evidence = true;          // neighbors, ages and distillation (evidence.*); only where targets are the next item
  bool attributes = true;        // vectors of an item's attributes are part of its vector

  std::int64_t batch_targets = 4096;  // targets of a batch, about
  double lr = 1e-3;
  double weight_decay = 0.0;
  double clip = 5.0;
  std::int64_t warmup_steps = 60;
  double average = 0.97;
  std::int64_t epochs = 60;             // at most
  std::int64_t patience = 3;            // validations without a better one
  double max_minutes = 0.0;             // 0 = no limit
  std::int64_t validate_users = 30000;  // at most
  std::uint64_t seed = 2022;

  // The same with another network, as it was published: without evidence and attributes, softmax, dropout 0.5.
  EncoderOptions plain(EncoderKind kind) const;

  void bind(OptionTable& table);  // rows encoder.*
};

}  // namespace p5
