#include "model/adapter_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_field.h"
#include "model/adapter_options.h"
#include "p5/error.h"

namespace p5 {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLargest = 1 << 22;  // bytes
constexpr std::array kTypes = {"LORA",      "IA3",        "PROMPT_TUNING", "PREFIX_TUNING", "LN_TUNING",
                               "P5_PREFIX", "P5_HOULSBY", "P5_PFEIFFER",   "P5_BIAS"};
// Options of PEFT that change what LoRA's tensors mean.
constexpr std::array kRefused = {"use_dora", "fan_in_fan_out", "use_qalora", "lora_bias"};

Error unsupported(const std::string& where, std::string expected, std::string got) {
  return Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "p5 cannot use this adapter",
               {.where = where, .expected = std::move(expected), .got = std::move(got)});
}

bool given(const json& document, const char* name) { return document.contains(name) && !document[name].is_null(); }

// {"name": number} as "name=number".
std::vector<std::string> patterns(const json& document, const char* name, const JsonFields& fields) {
  std::vector<std::string> result;
  if (!given(document, name)) return result;
  const json& map = document[name];
  if (!map.is_object()) throw fields.bad(name, "an object of numbers", brief(map));
  for (const auto& [pattern, number] : map.items()) {
    if (!number.is_number()) throw fields.bad(name, "numbers", brief(number));
    result.push_back(fmt::format("{}={}", pattern, number.get<double>()));
  }
  return result;
}

json as_object(const std::vector<std::string>& entries) {
  json result = json::object();
  for (const std::string& entry : entries) {
    const std::size_t sign = entry.rfind('=');
    result[entry.substr(0, sign)] = std::stod(entry.substr(sign + 1));
  }
  return result;
}

std::vector<std::string> target_list(const json& document, const JsonFields& fields) {
  if (!given(document, "target_modules")) return {};
  const json& targets = document["target_modules"];
  if (targets.is_string()) return {targets.get<std::string>()};
  if (!targets.is_array() || !std::ranges::all_of(targets, [](const json& target) { return target.is_string(); })) {
    throw fields.bad("target_modules", "names", brief(targets));
  }
  return targets.get<std::vector<std::string>>();
}

bool has_virtual_tokens(std::string_view type) { return type == "PROMPT_TUNING" || type == "PREFIX_TUNING"; }

double read_number(const json& document, const char* name, double otherwise, const JsonFields& fields) {
  if (!given(document, name)) return otherwise;
  const json& value = document[name];
  if (!value.is_number() || value.get<double>() <= 0 || value.get<double>() > 1e6) {
    throw fields.bad(name, "a number above 0, at most 1000000", brief(value));
  }
  return value.get<double>();
}

// PEFT hands what it calls two submodules to an encoder-decoder; with another number its layers mean something else.
void read_prefix(const json& document, const JsonFields& fields, AdapterConfig& config) {
  const auto number = [&](const char* name) {
    return static_cast<std::int64_t>(read_number(document, name, 0, fields));
  };
  config.layers = number("num_layers");
  config.heads = number("num_attention_heads");
  config.inner = number("token_dim");
  const double submodules = read_number(document, "num_transformer_submodules", 2, fields);
  if (submodules != 2) {
    throw fields.bad("num_transformer_submodules", "2, as PEFT has for encoder-decoders",
                     fmt::format("{}", submodules));
  }
}

}  // namespace

double AdapterConfig::scale_of(std::string_view module, std::int64_t rank_of_file) const {
  const double own_alpha = number_for(alpha_pattern, module, alpha);
  const auto own_rank = static_cast<double>(rank_of_file);
  return own_alpha / (rslora ? std::sqrt(own_rank) : own_rank);
}

AdapterConfig AdapterConfig::read(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kFile;
  const json document = read_json(file, kLargest, ErrorSubject::kModel);
  const JsonFields fields(document, file.string(), ErrorSubject::kModel);
  AdapterConfig config;
  config.type = fields.text("peft_type");
  if (std::ranges::find(kTypes, config.type) == kTypes.end()) {
    throw unsupported(file.string() + ": peft_type", fmt::format("one of {}", fmt::join(kTypes, ", ")), config.type);
  }
  for (const char* option : kRefused) {
    if (given(document, option) && document[option] != false) {
      throw unsupported(file.string() + ": " + option, "false", brief(document[option]));
    }
  }
  if (given(document, "bias") && document["bias"] != "none") {
    throw unsupported(file.string() + ": bias", "none", brief(document["bias"]));
  }
  if (given(document, "base_model_name_or_path")) config.base = fields.text("base_model_name_or_path");
  if (given(document, "p5")) config.base_digest = fields.object("p5").text("base_digest");
  config.rank = static_cast<std::int64_t>(read_number(document, "r", 8, fields));
  config.alpha = read_number(document, "lora_alpha", 8, fields);
  config.rslora = given(document, "use_rslora") && document["use_rslora"] == true;
  config.targets = target_list(document, fields);
  config.rank_pattern = patterns(document, "rank_pattern", fields);
  config.alpha_pattern = patterns(document, "alpha_pattern", fields);
  config.prompt_tokens = static_cast<std::int64_t>(
      has_virtual_tokens(config.type) ? read_number(document, "num_virtual_tokens", 0, fields) : 0);
  if (config.type == "PREFIX_TUNING") read_prefix(document, fields, config);
  return config;
}

void AdapterConfig::write(const std::filesystem::path& folder) const {
  nlohmann::ordered_json document = {
      {"peft_type", type}, {"task_type", "SEQ_2_SEQ_LM"}, {"base_model_name_or_path", base}, {"inference_mode", true}};
  if (type == "LORA") {
    document["r"] = rank;
    document["lora_alpha"] = alpha;
    document["lora_dropout"] = 0.0;
    document["bias"] = "none";
    document["fan_in_fan_out"] = false;
    document["use_rslora"] = rslora;
    document["rank_pattern"] = as_object(rank_pattern);
    document["alpha_pattern"] = as_object(alpha_pattern);
  }
  if (!targets.empty()) document["target_modules"] = targets;
  if (type == "IA3") document["feedforward_modules"] = {"wo"};
  if (type == "PROMPT_TUNING") {
    document["num_virtual_tokens"] = prompt_tokens;
    document["num_transformer_submodules"] = 1;
  }
  if (type == "PREFIX_TUNING") {
    document["num_virtual_tokens"] = prompt_tokens;
    document["num_transformer_submodules"] = 2;
    document["num_layers"] = layers;
    document["num_attention_heads"] = heads;
    document["token_dim"] = inner;
    document["encoder_hidden_size"] = inner;
    document["prefix_projection"] = false;  // one of training, of which the file has the result
  }
  document["p5"] = {{"base_digest", base_digest}};
  write_file_atomically(folder / kFile, document.dump(2) + "\n");
}

}  // namespace p5
