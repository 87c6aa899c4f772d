#include "t5/t5_checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/checkpoint_weights.h"
#include "p5/error.h"
#include "t5/attention_prefix.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

bool holds_same(const TensorRecord& left, const TensorRecord& right) {
  return left.type == right.type && left.shape == right.shape && std::ranges::equal(left.bytes, right.bytes) &&
         std::ranges::equal(left.scales, right.scales);
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  const std::size_t shown = std::min(names.size(), kShown);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace

SafetensorsFile open_t5_weights(const std::filesystem::path& folder) {
  SafetensorsFile file = open_weights(folder / kWeightsFile);
  if (file.find(kSharedName) != nullptr) return file;
  for (const std::string_view name : {kEncoderTableName, kDecoderTableName}) {
    if (file.find(name) == nullptr) continue;
    file.also_call(name, std::string(kSharedName));
    return file;
  }
  // The output matrix is the embedding only where the model ties them.
  if (file.find(kLmHeadName) != nullptr && T5Spec::read_json(config_of(folder)).tie_word_embeddings) {
    file.also_call(kLmHeadName, std::string(kSharedName));
  }
  return file;
}

SafetensorsFile open_float_t5_weights(const std::filesystem::path& folder) {
  SafetensorsFile file = open_t5_weights(folder);
  std::vector<TensorRecord> integers;
  for (const auto& [name, record] : file.tensors()) {
    if (!record.scales.empty()) integers.push_back(record);
  }
  for (const TensorRecord& record : integers) {
    std::vector<float> values(static_cast<std::size_t>(record.element_count()));
    copy_as_float(record, values);
    file.put(record.name, record.shape, std::move(values));
  }
  return file;
}

T5Spec spec_of_checkpoint(T5Spec config, const SafetensorsFile& file) {
  const TensorRecord* shared = file.find(kSharedName);
  const TensorRecord* head = file.find(kLmHeadName);
  const bool untied = shared != nullptr && head != nullptr && !holds_same(*shared, *head);
  if (!config.tie_word_embeddings && !config.scale_decoder_outputs && head == nullptr) {
    throw model_error("the weights do not fit the model",
                      {.where = file.path().string(),
                       .expected = fmt::format("tensor {}, as tie_word_embeddings is false", kLmHeadName),
                       .got = "nothing"});
  }
  config.tie_word_embeddings = !untied;
  if (untied) config.scale_decoder_outputs = false;
  const TensorRecord* table = file.find(kWholeWordName);
  if (config.whole_word_rows == 0 && table != nullptr && table->shape.size() == 2) {
    config.whole_word_rows = table->shape[0];
  }
  const TensorRecord* prompt = file.find(kPromptName);
  if (config.prompt_tokens == 0 && prompt != nullptr && prompt->shape.size() == 2) {
    config.prompt_tokens = prompt->shape[0];
  }
  const TensorRecord* prefix = file.find(kPrefixName);
  if (config.prefix_tokens == 0 && prefix != nullptr && prefix->shape.size() == 2) {
    config.prefix_tokens = prefix->shape[0];
    config.prefix_decoder_only = true;
    config.prefix_decoder_only = prefix->shape[1] == prefix_width(config);
  }
  check_tensors(config, file);
  return config;
}

void check_tensors(const T5Spec& spec, const SafetensorsFile& file) {
  std::vector<std::string> missing, unexpected;
  std::set<std::string_view> known;
  const std::vector<ExpectedTensor> wanted = expected_tensors(spec);
  for (const ExpectedTensor& tensor : wanted) {
    known.insert(tensor.name);
    const TensorRecord* record = file.find(tensor.name);
    if (record == nullptr) {
      if (tensor.name != kWholeWordName) missing.push_back(tensor.name);
    } else if (record->shape != tensor.shape) {
      throw model_error("a tensor of another shape than the model has",
                        {.where = fmt::format("{}, tensor {}", file.path().string(), tensor.name),
                         .expected = fmt::format("[{}]", fmt::join(tensor.shape, ", ")),
                         .got = fmt::format("[{}]", fmt::join(record->shape, ", "))});
    }
  }
  for (const auto& [name, record] : file.tensors()) {
    if (known.count(name) == 0 && !is_ignored_tensor(name)) unexpected.push_back(name);
  }
  const std::string where = file.path().string();
  if (!missing.empty()) {
    throw model_error("the weights do not fit the model",
                      {.where = where,
                       .expected = "tensor " + some_of(missing),
                       .got = unexpected.empty() ? "nothing" : some_of(unexpected)});
  }
  if (!unexpected.empty()) {
    throw model_error("the weights do not fit the model",
                      {.where = where, .expected = "only T5's tensors", .got = some_of(unexpected)});
  }
}

void write_float_checkpoint(const std::filesystem::path& folder, const T5Spec& spec, const SafetensorsFile& file) {
  std::vector<std::vector<float>> values;  // until they are written
  std::vector<TensorRecord> records;
  for (const ExpectedTensor& tensor : expected_tensors(spec)) {
    const TensorRecord* record = file.find(tensor.name);
    values.emplace_back(static_cast<std::size_t>(record->element_count()));
    copy_as_float(*record, values.back());
    records.push_back({tensor.name, TensorType::kF32, tensor.shape, std::as_bytes(std::span(values.back()))});
  }
  save_checkpoint(folder, spec, std::move(records));
}

void check_tensors_of_start(T5Spec spec, const std::filesystem::path& folder, const SafetensorsFile& file) {
  const T5Spec theirs = spec_of_checkpoint(T5Spec::read_json(config_of(folder)), file);
  if (theirs.tie_word_embeddings != spec.tie_word_embeddings) {
    const auto said = [](bool tied) { return tied ? "outputs that share the embedding" : "a separate output matrix"; };
    throw model_error("the weights do not fit the model",
                      {.where = fmt::format("{}, tensor {}", file.path().string(), kLmHeadName),
                       .expected = said(spec.tie_word_embeddings),
                       .got = said(theirs.tie_word_embeddings)});
  }
  spec.vocab_size = theirs.vocab_size;
  // What this model has and the weights may lack begins afresh.
  spec.prompt_tokens = theirs.prompt_tokens;
  spec.user_prompt_tokens = theirs.user_prompt_tokens;
  spec.user_prompt_rows = theirs.user_prompt_rows;
  spec.prefix_tokens = theirs.prefix_tokens;
  spec.prefix_decoder_only = theirs.prefix_decoder_only;
  spec.adapter_width = theirs.adapter_width;
  spec.adapter_after_attention = theirs.adapter_after_attention;
  spec.sub_layer_biases = theirs.sub_layer_biases;
  spec.evidence_depths = theirs.evidence_depths;
  spec.evidence_ages = theirs.evidence_ages;
  check_tensors(spec, file);
}

}  // namespace p5
