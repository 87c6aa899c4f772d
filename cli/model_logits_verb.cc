#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "architectures/architecture_list.h"
#include "base/file.h"
#include "base/json_field.h"
#include "cli/verbs.h"
#include "model/logits_reader.h"
#include "p5/error.h"

namespace p5::cli {
namespace {

// A matrix of whole numbers under `field`, all rows of the same length.
std::vector<std::vector<std::int64_t>> matrix_of(const nlohmann::json& object, const char* field,
                                                 const std::string& file) {
  const auto wrong = [&](const std::string& got) {
    return usage_error(std::string("bad field '") + field + "'",
                       {.where = file, .expected = "rows of whole numbers, all of the same length", .got = got});
  };
  const auto found = object.find(field);
  if (found == object.end() || !found->is_array() || found->empty())
    throw wrong(found == object.end() ? "nothing" : found->type_name());
  std::vector<std::vector<std::int64_t>> rows;
  for (const auto& row : *found) {
    if (!row.is_array() || row.empty() || (!rows.empty() && row.size() != rows.front().size()))
      throw wrong("a row of another length or type");
    auto& values = rows.emplace_back();
    for (const auto& value : row) {
      if (!value.is_number_integer()) throw wrong(brief(value));
      values.push_back(value.get<std::int64_t>());
    }
  }
  return rows;
}

template <typename T>
std::vector<T> flatten(const std::vector<std::vector<std::int64_t>>& rows, std::int64_t bound, const char* field) {
  std::vector<T> flat;
  for (const auto& row : rows) {
    for (const std::int64_t value : row) {
      if (value < 0 || value >= bound) {
        throw usage_error(
            "value out of range",
            {.where = field, .expected = fmt::format("0 to {}", bound - 1), .got = std::to_string(value)});
      }
      flat.push_back(static_cast<T>(value));
    }
  }
  return flat;
}

TokenBatch batch_of(const nlohmann::json& object, const ModelSpec& spec, const std::string& file) {
  const auto source = matrix_of(object, "input_ids", file);
  const auto target = matrix_of(object, "labels", file);
  TokenBatch batch;
  batch.rows = static_cast<std::int32_t>(source.size());
  batch.source_length = static_cast<std::int32_t>(source.front().size());
  batch.target_length = static_cast<std::int32_t>(target.front().size());
  batch.source = flatten<TokenId>(source, spec.vocab_size, "input_ids");
  batch.target = flatten<TokenId>(target, spec.vocab_size, "labels");
  batch.source_mask = object.contains("attention_mask")
                          ? flatten<std::uint8_t>(matrix_of(object, "attention_mask", file), 2, "attention_mask")
                          : std::vector<std::uint8_t>(batch.source.size(), 1);
  batch.target_mask.assign(batch.target.size(), 1);
  if (object.contains("decoder_input_ids")) {
    batch.decoder_input =
        flatten<TokenId>(matrix_of(object, "decoder_input_ids", file), spec.vocab_size, "decoder_input_ids");
  }
  if (object.contains("whole_word_ids")) {
    batch.whole_word =
        flatten<std::int32_t>(matrix_of(object, "whole_word_ids", file), spec.whole_word_rows, "whole_word_ids");
  }
  const bool fits = target.size() == source.size() &&
                    (batch.decoder_input.empty() || batch.decoder_input.size() == batch.target.size()) &&
                    batch.source_mask.size() == batch.source.size() &&
                    (batch.whole_word.empty() || batch.whole_word.size() == batch.source.size());
  if (!fits)
    throw usage_error("fields differ in shape", {.where = file, .expected = "one row for every row of input_ids"});
  return batch;
}

nlohmann::json nested(const LogitsResult& result, const TokenBatch& batch, std::int64_t vocabulary) {
  nlohmann::json rows = nlohmann::json::array();
  auto value = result.logits.begin();
  for (std::int32_t row = 0; row < batch.rows; ++row) {
    nlohmann::json positions = nlohmann::json::array();
    for (std::int32_t position = 0; position < batch.target_length; ++position, value += vocabulary) {
      positions.push_back(std::vector<float>(value, value + vocabulary));
    }
    rows.push_back(std::move(positions));
  }
  return rows;
}

class ModelLogitsVerb final : public Verb {
 public:
  std::string name() const override { return "model logits"; }
  std::string summary() const override {
    return "loss and logits of a checkpoint, to compare with another implementation";
  }
  std::string examples() const override { return "  p5 model logits t5-tiny --input expected.json --json\n"; }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "model",
             .help = "folder with config.json and model.safetensors",
             .required = true,
             .text = &model_},
            {.kind = Argument::Kind::kText,
             .name = "input",
             .help = "JSON with input_ids, labels and optionally attention_mask and whole_word_ids",
             .required = true,
             .text = &input_},
            {.kind = Argument::Kind::kText, .name = "device", .help = "auto, cpu, cuda", .text = &device_.device},
            {.kind = Argument::Kind::kInteger,
             .name = "threads",
             .help = "CPU threads, 0 = all",
             .integer = &device_.threads},
            {.kind = Argument::Kind::kText, .name = "matmul", .help = kMatmulHelp, .text = &device_.matmul},
            {.kind = Argument::Kind::kSwitch,
             .name = "json",
             .help = "one JSON object with loss and logits",
             .given = &json_}};
  }

  int run() override {
    const nlohmann::json object = parse_json(read_file(input_, 256 << 20));
    if (!object.is_object())
      throw usage_error("not a JSON object", {.where = input_, .expected = "input_ids and labels"});
    const auto model = load_sequence_model(model_, device_);
    const TokenBatch batch = batch_of(object, model->spec(), input_);
    const LogitsResult result = ability_of<LogitsReader>(*model).logits(batch);
    if (json_) {
      fmt::print(
          "{}\n",
          nlohmann::json{{"loss", result.loss}, {"logits", nested(result, batch, model->spec().vocab_size)}}.dump());
    } else {
      fmt::print("loss {:.6f}, logits [{}, {}, {}] (--json prints them)\n", result.loss, batch.rows,
                 batch.target_length, model->spec().vocab_size);
    }
    return 0;
  }

 private:
  DeviceOptions device_;
  std::string model_, input_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_model_logits_verb() { return std::make_unique<ModelLogitsVerb>(); }

}  // namespace p5::cli
