#include "bert/bert_spec.h"

#include <fmt/format.h>

#include <string>

#include "model/config_fields.h"

namespace p5 {

BertSpec BertSpec::read_json(const std::filesystem::path& config_json) {
  const ConfigFields fields(config_json);
  BertSpec spec;
  std::string type, activation, positions;
  fields.read_choice("model_type", type, {kModelType});
  fields.read_choice("hidden_act", activation, {"gelu"});
  fields.read_choice("position_embedding_type", positions, {"absolute"});
  fields.read("vocab_size", spec.vocab_size, 4, 1 << 27);
  fields.read("hidden_size", spec.hidden_size, 1, 1 << 16);
  fields.read("num_hidden_layers", spec.num_hidden_layers, 1, 256);
  fields.read("num_attention_heads", spec.num_attention_heads, 1, 1 << 10);
  fields.read("intermediate_size", spec.intermediate_size, 1, 1 << 18);
  fields.read("max_position_embeddings", spec.max_position_embeddings, 4, 1 << 20);
  fields.read("type_vocab_size", spec.type_vocab_size, 1, 1 << 10);
  fields.read("layer_norm_eps", spec.layer_norm_eps, 1e-15, 0.1);
  if (spec.hidden_size % spec.num_attention_heads == 0) return spec;
  throw model_error("the model's heads do not share its width evenly",
                    {.where = config_json.string() + ", field num_attention_heads",
                     .expected = fmt::format("a divisor of hidden_size = {}", spec.hidden_size),
                     .got = std::to_string(spec.num_attention_heads)});
}

}  // namespace p5
