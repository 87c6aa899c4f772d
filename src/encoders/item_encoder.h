// What an encoder can do besides being trained: turn histories into vectors, whose products with the item vectors are
// scores. An ability of the models that make_encoder() returns.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "encoders/encoder_spec.h"
#include "model/device_options.h"
#include "model/sequence_model.h"
#include "text/token_batch.h"

namespace p5 {

struct NamedValues {
  std::string name;
  std::vector<float> values;
};

// What scores are made from, apart from a history's vector.
struct ItemTables {
  std::vector<float> vectors;  // [items, width]
  std::vector<float> mask;     // [width], what stands for an item that is asked for
  std::vector<float> by_age;   // [ages] logit of a history item by its age
  float gate = 0.0f;           // of evidence
};

class ItemEncoder {
 public:
  static constexpr const char* kWhat = "encode histories of items";
  virtual ~ItemEncoder() = default;
  // The vector of each history, [rows, width]: sources of history_rows.h. Thread-safe while nobody trains. Where items
  // are sharded (EncoderSpec::shards), all processes call it at once.
  virtual std::vector<float> encode(const TokenBatch& histories) const = 0;
  // Where items are sharded, the vectors are those of this process's items, tokens rank, rank + N and so on, without
  // the mask's.
  virtual ItemTables tables() const = 0;
  // Where items are sharded, all processes call it: rank 0 gets all of them, and is an encoder like others. The others
  // cannot answer any more.
  virtual void gather_items() = 0;
  // All weights that answers need, by name: without those of objectives.
  virtual std::vector<NamedValues> weights() const = 0;
  // Throws Corrupted (model) where names or sizes differ.
  virtual void set_weights(std::span<const NamedValues> weights) = 0;
};

// Fresh weights from the spec's seed, ready to be trained. Loads libp5_torch.so; throws Unavailable (system) when it is
// missing, InvalidArgument for options that contradict each other.
std::unique_ptr<SequenceModel> make_encoder(const EncoderSpec& spec, const DeviceOptions& device);

}  // namespace p5
