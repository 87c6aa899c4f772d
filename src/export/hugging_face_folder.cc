#include "export/hugging_face_folder.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/json_field.h"
#include "export/fast_tokenizer.h"
#include "model/checkpoint_weights.h"
#include "t5/tensor_names.h"
#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace {

using OrderedJson = nlohmann::ordered_json;

bool is_extra(std::string_view name) {
  return name == kWholeWordName || name == kEvidenceGateName || name == kEvidenceRepeatName;
}

// transformers: outputs are scaled where, and only where, they share the embedding.
bool shares_outputs(const T5Spec& spec) { return spec.tie_word_embeddings && spec.scale_decoder_outputs; }

OrderedJson config_of(const T5Spec& spec) {
  return {{"architectures", {"T5ForConditionalGeneration"}},
          {"model_type", "t5"},
          {"vocab_size", spec.vocab_size},
          {"d_model", spec.d_model},
          {"d_kv", spec.d_kv},
          {"d_ff", spec.d_ff},
          {"num_layers", spec.num_layers},
          {"num_decoder_layers", spec.num_decoder_layers},
          {"num_heads", spec.num_heads},
          {"relative_attention_num_buckets", spec.relative_attention_num_buckets},
          {"relative_attention_max_distance", spec.relative_attention_max_distance},
          {"dropout_rate", spec.dropout_rate},
          {"layer_norm_epsilon", spec.layer_norm_epsilon},
          {"initializer_factor", spec.initializer_factor},
          {"feed_forward_proj", spec.feed_forward_proj},
          {"is_encoder_decoder", true},
          {"use_cache", true},
          {"pad_token_id", 0},
          {"eos_token_id", 1},
          {"decoder_start_token_id", 0},
          {"tie_word_embeddings", shares_outputs(spec)},
          {"scale_decoder_outputs", shares_outputs(spec)},
          {"tokenizer_class", "T5Tokenizer"},
          {"torch_dtype", "float32"}};
}

OrderedJson added_token(std::string content, bool special) {
  return {{"content", std::move(content)}, {"lstrip", false},   {"normalized", false}, {"rstrip", false},
          {"single_word", false},          {"special", special}};
}

void write_tokenizer(const std::filesystem::path& folder, const Vocabulary& vocabulary,
                     std::vector<std::string>& files) {
  OrderedJson sentinels = OrderedJson::array(), decoder = OrderedJson::object(), added = OrderedJson::object();
  const char* const specials[] = {"<pad>", "</s>", "<unk>"};
  for (int token = 0; token < 3; ++token) decoder[std::to_string(token)] = added_token(specials[token], true);
  const auto range = vocabulary.sentinels();
  for (TokenId number = 0; number < range.end - range.begin; ++number) {
    sentinels.push_back(fmt::format("<extra_id_{}>", number));
  }
  for (TokenId token = range.begin; token < range.end; ++token) {
    decoder[std::to_string(token)] = added_token(sentinel_name(vocabulary, token), true);
    added[sentinel_name(vocabulary, token)] = token;
  }
  TokenId token = vocabulary.items().begin;
  for (const std::string& name : vocabulary.id_tokens()) {
    decoder[std::to_string(token)] = added_token("<" + name + ">", false);
    added["<" + name + ">"] = token++;
  }
  const OrderedJson config = {{"tokenizer_class", "T5Tokenizer"},
                              {"pad_token", "<pad>"},
                              {"eos_token", "</s>"},
                              {"unk_token", "<unk>"},
                              {"extra_ids", range.size()},
                              {"legacy", true},
                              {"additional_special_tokens", sentinels},
                              {"added_tokens_decoder", decoder}};
  const OrderedJson map = {
      {"pad_token", "<pad>"}, {"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"additional_special_tokens", sentinels}};
  const std::pair<const char*, const OrderedJson&> documents[] = {
      {"tokenizer_config.json", config}, {"special_tokens_map.json", map}, {"added_tokens.json", added}};
  for (const auto& [name, document] : documents) {
    write_file_atomically(folder / name, pretty_json(document) + "\n");
    files.emplace_back(name);
  }
}

// The output matrix where transformers would not find what the model does in the embedding.
std::vector<float> output_matrix(const HuggingFaceModel& model) {
  const TensorRecord* record = model.weights.find(model.spec.tie_word_embeddings ? kSharedName : kLmHeadName);
  std::vector<float> matrix(static_cast<std::size_t>(record->element_count()));
  copy_as_float(*record, matrix);
  if (model.spec.scale_decoder_outputs) {
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(model.spec.d_model)));
    for (float& value : matrix) value *= scale;
  }
  return matrix;
}

}  // namespace

std::vector<std::string> write_hugging_face(const std::filesystem::path& folder, const HuggingFaceModel& model) {
  std::vector<std::string> files{kConfigFile, "generation_config.json", kWeightsFile, "spiece.model",
                                 "vocabulary.json"};
  write_file_atomically(folder / kConfigFile, pretty_json(config_of(model.spec)) + "\n");
  const OrderedJson generation = {
      {"decoder_start_token_id", 0}, {"eos_token_id", 1}, {"pad_token_id", 0}, {"_from_model_config", true}};
  write_file_atomically(folder / "generation_config.json", pretty_json(generation) + "\n");

  std::vector<TensorRecord> plain, extra;
  std::vector<float> outputs;
  for (const ExpectedTensor& tensor : expected_tensors(model.spec)) {
    const TensorRecord* record = model.weights.find(tensor.name);
    if (record == nullptr || tensor.name == kLmHeadName) continue;
    TensorRecord& kept = (is_extra(tensor.name) ? extra : plain).emplace_back(*record);
    kept.name = tensor.name;
  }
  if (!shares_outputs(model.spec)) {
    outputs = output_matrix(model);
    plain.push_back({.name = std::string(kLmHeadName),
                     .type = TensorType::kF32,
                     .shape = {model.spec.vocab_size, model.spec.d_model},
                     .bytes = std::as_bytes(std::span(outputs))});
  }
  write_safetensors(folder / kWeightsFile, std::move(plain));
  if (!extra.empty()) {
    write_safetensors(folder / kExtraWeightsFile, std::move(extra));
    files.emplace_back(kExtraWeightsFile);
  }
  model.vocabulary.save(folder);
  write_tokenizer(folder, model.vocabulary, files);
  const auto* own = dynamic_cast<const SentencePieceTokenizer*>(&model.vocabulary.tokenizer());
  if (own == nullptr) return files;
  const SentencePieceModel pieces = read_sentencepiece_model(own->model_bytes(), "spiece.model");
  if (no_fast_tokenizer(pieces).empty()) {
    write_file_atomically(folder / kFastTokenizerFile, fast_tokenizer(pieces, model.vocabulary).dump(1) + "\n");
    files.emplace_back(kFastTokenizerFile);
  }
  return files;
}

}  // namespace p5
