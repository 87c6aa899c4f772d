// The shape of an encoder and the facts of the data that it computes with. A plain value.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "encoders/encoder_options.h"
#include "encoders/item_attributes.h"
#include "encoders/item_features.h"
#include "encoders/objective_facts.h"
#include "model/model_spec.h"

namespace p5 {

class ProcessGroup;

struct EncoderSpec final : ModelSpec {
  EncoderOptions options;
  std::int64_t items = 0;
  ItemAttributes attributes;                    // none: no vectors of attributes
  std::vector<FeatureBlock> features;           // parts of an item's vector; empty: none
  std::vector<std::uint64_t> item_names;        // [items] hashes of their keys, by which a later training finds them
  std::shared_ptr<const ObjectiveFacts> facts;  // of a model that is to be trained; null: it only answers
  std::vector<float> item_counts;               // [items] in the train parts, for draws and for users without a history
  ProcessGroup* shards = nullptr;  // by whose ranks the rows of items are dealt; null: this process has all
  std::int64_t ages = 0;           // logits by age of a history item; 0 = none
  bool gated = false;              // evidence of neighbors in the logits
  double gate = 0.5;               // what its factor begins with
  double repeat = 0.0;             // what the logits by age begin with
  double distill = 0.0;            // share of a target that follows the neighbors

  // Tokens: 0 is padding, an item is its number plus one, and the last is the mask.
  std::int64_t mask_token() const { return items + 1; }
  // Whether items share rows of a table (encoder.item_rows), by their names.
  bool hashed() const { return options.item_rows > 0; }
  // Of the table of own vectors: padding, then items or what they share, then the mask.
  std::int64_t table_rows() const { return hashed() ? options.item_rows + 2 : vocab_size; }
  static EncoderSpec of(const EncoderOptions& options, std::int64_t items);

  std::string_view model_type() const override { return "p5-encoder"; }
  std::int64_t parameter_count() const override;
  TrainingMemory training_memory(std::int64_t optimizer_buffers, std::int64_t batch_tokens) const override;
  void write_json(const std::filesystem::path& config_json) const override;
};

}  // namespace p5
