#include "encoders/encoder_spec.h"

#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "base/json_field.h"
#include "encoders/time_gaps.h"

namespace p5 {

EncoderSpec EncoderSpec::of(const EncoderOptions& options, std::int64_t items) {
  EncoderSpec spec;
  spec.options = options;
  spec.options.settle(items);
  spec.items = items;
  spec.vocab_size = items + 2;
  return spec;
}

// The tables and the layers of a Transformer; other networks are of about that size.
std::int64_t EncoderSpec::parameter_count() const {
  const std::int64_t width = options.width;
  const std::int64_t layer = (4 + 2 * options.feed_forward) * width * width;
  std::int64_t columns = options.time_gaps ? TimeGaps::kSteps : 0;
  for (const FeatureBlock& block : features) columns += block.columns;
  const std::int64_t shares = hashed() ? items * options.row_hashes : 0;
  return (table_rows() + attributes.count + columns) * width + shares + options.layers * layer + ages;
}

TrainingMemory EncoderSpec::training_memory(std::int64_t optimizer_buffers, std::int64_t batch_tokens) const {
  const double bytes = sizeof(float);
  const auto values = static_cast<double>(parameter_count());
  return {.state = values * static_cast<double>(4 + optimizer_buffers) * bytes,
          .activations =
              static_cast<double>(batch_tokens * options.width * options.layers * (8 + options.feed_forward)) * bytes};
}

void EncoderSpec::write_json(const std::filesystem::path& config_json) const {
  const nlohmann::json json = {{"model_type", std::string(model_type())},
                               {"network", std::string(encoder_row(options.network).name)},
                               {"vocab_size", vocab_size},
                               {"width", options.width},
                               {"layers", options.layers},
                               {"heads", options.heads},
                               {"feed_forward", options.feed_forward},
                               {"history", options.history},
                               {"item_rows", options.item_rows},
                               {"row_hashes", options.row_hashes},
                               {"attributes", attributes.count},
                               {"features", features.size()},
                               {"ages", ages},
                               {"evidence", gated}};
  write_file_atomically(config_json, pretty_json(json) + "\n");
}

}  // namespace p5
