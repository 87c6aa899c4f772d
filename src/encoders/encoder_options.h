// What a sequence encoder is and how it is trained: the options encoder.*, and the list of encoders. Plain values;
// thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/option_table.h"

namespace p5 {

enum class EncoderKind { kSasRec, kESasRec, kBert4Rec, kGru4Rec, kLstm, kCaser, kNextItNet, kMlp, kMultDae, kMultVae };

// What a state of an encoder sees of its row. A network answers with the first that its row of the list has.
enum class Reading {
  kForward = 1,   // the items up to it; the newest state answers
  kBothWays = 2,  // all items; the state of a mask in the place of the next item answers
  kSet = 4,       // all items, whatever their order; every state is the same
  kSampled = 8,   // the same through a normal distribution, from which training draws
};

// One encoder, as a row of the list.
struct EncoderRow {
  EncoderKind kind;
  std::string_view name, summary;
  Reading reading = Reading::kForward;       // with which it answers
  Reading also = reading;                    // with which it can be trained, too
  std::string_view objective = "next-item";  // that it is trained by where nobody says otherwise

  bool reads(Reading way) const { return reading == way || also == way; }
};
std::span<const EncoderRow> encoder_rows();
const EncoderRow& encoder_row(EncoderKind kind);

struct EncoderOptions {
  enum class Positions { kRelative, kAbsolute, kNone };
  enum class Loss { kAuto, kSoftmax, kSampledSoftmax, kBinary, kPairwise };
  enum class ObjectiveWeights { kFixed, kUncertainty };
  enum class Numbers { kNone, kStandard, kBuckets };
  enum class Fusion { kSum, kConcat, kGate };

  EncoderKind network = EncoderKind::kSasRec;
  std::int64_t width = 256;       // of item vectors and states
  std::int64_t layers = 1;        // blocks
  std::int64_t heads = 1;         // of attention
  std::int64_t feed_forward = 0;  // width of the feed-forward part, in widths; 0 = 4, and 1 for plain Transformers
  std::int64_t item_rows = 0;     // that all items share by hashing; 0 = a row per item
  std::int64_t row_hashes = 2;    // rows that an item's own vector is the sum of, where they are shared
  bool shard_items = false;       // each of the processes that train together keeps a part of the item table alone
  std::int64_t history = 50;      // newest items of a history that are read
  double dropout = 0.2;
  Positions positions = Positions::kRelative;
  std::vector<std::string> objectives = {};  // "next-item=1", ...; empty: the network's own (objective_list.h)
  ObjectiveWeights objective_weights = ObjectiveWeights::kFixed;
  double temperature = 0.2;               // of InfoNCE
  double margin = 1.0;                    // of triplets
  std::vector<std::string> rewards = {};  // what events earn; empty: by ratings where there are any, else 1
  double discount = 0.8;                  // of a reward per event that it is later
  std::int64_t top_k = 10;                // reinforce: items of a list
  double weight_cap = 10.0;               // reinforce: most that an importance weight may be
  double conservative = 1.0;              // q-learning: weight of the conservative part
  double target_rate = 0.02;              // q-learning: how fast the target network follows
  std::string graph = {};                 // file of a knowledge graph; empty: the item table
  std::string from = {};                  // an earlier encoder, whose weights this one begins with
  Loss loss = Loss::kAuto;                // by the number of items, see settle()
  std::int64_t negatives = 0;             // drawn items of the losses that draw some; 0 = by loss and number of items
  bool evidence = true;    // neighbors, ages and distillation (evidence.*); only where targets are the next item
  bool attributes = true;  // vectors of an item's attributes are part of its vector
  std::vector<std::string> vectors = {};  // files of item vectors, "PATH" or "PATH@KEYS", which are part of it, too
  Numbers numbers = Numbers::kNone;       // and price and other numbers of items
  Fusion fusion = Fusion::kSum;           // of these parts
  bool time_gaps = false;                 // a vector for the time since the event before, added to what is read

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

  // Chooses what is left open: the softmax over all items up to 6,000 of them and the sampled one above; its draws, an
  // eighth of the items between 2,048 and 8,192, or 256 of other losses; a feed-forward part of four widths.
  void settle(std::int64_t items);

  // The same with another network, as it was published: its own objective, without evidence and attributes, a softmax,
  // dropout 0.5, at most 1,024 targets per batch, 5,000 users per validation, and for Transformers a feed-forward part
  // of one width.
  EncoderOptions plain(EncoderKind kind) const;

  void bind(OptionTable& table);          // rows encoder.* that decide what is learnt
  void bind_machine(OptionTable& table);  // those that do not
};

}  // namespace p5
