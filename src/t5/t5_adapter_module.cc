#include "t5/t5_adapter_module.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <string_view>

#include "base/rng.h"
#include "model/adapter_weights.h"
#include "p5/error.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

using Method = AdapterOptions::Method;
constexpr std::string_view kPeftModules = "base_model.model.";

// Of IA3: keys, values, and what the hidden layer of the feed-forward part hands on (Liu et al. 2022).
const std::vector<std::string>& scaled_modules() {
  static const std::vector<std::string> names = {"k", "v", "wo"};
  return names;
}

bool has_part(const std::string& name, std::string_view part) { return name.find(part) != std::string::npos; }

// Modules have no dots in their names.
std::string module_name(const std::string& place) {
  std::string name = "change of " + place;
  std::ranges::replace(name, '.', '/');
  return name;
}

// Its block, counted from the first, and how many its stack has; nothing for what no block has.
struct BlockOf {
  std::int64_t block = 0, blocks = 0;
};
std::optional<BlockOf> block_of(const std::string& parameter, const T5Spec& spec) {
  for (const auto& [stack, blocks] :
       {std::pair("encoder", spec.num_layers), std::pair("decoder", spec.num_decoder_layers)}) {
    for (const std::string& mark : {fmt::format("{}_block_", stack), fmt::format("{}/block/", stack)}) {
      const std::size_t at = parameter.find(mark);
      if (at == std::string::npos) continue;
      std::int64_t block = 0;
      std::from_chars(parameter.data() + at + mark.size(), parameter.data() + parameter.size(), block);
      return BlockOf{block, blocks};
    }
  }
  return std::nullopt;
}

std::vector<TensorRecord> records_of(const std::vector<std::pair<std::string, torch::Tensor>>& tensors) {
  std::vector<TensorRecord> records;
  for (const auto& [name, host] : tensors) {
    const TensorType type = host.scalar_type() == torch::kInt ? TensorType::kI32 : TensorType::kF32;
    records.push_back({name,
                       type,
                       host.sizes().vec(),
                       {static_cast<const std::byte*>(host.data_ptr()), static_cast<std::size_t>(host.nbytes())}});
  }
  return records;
}

}  // namespace

T5Adapter::T5Adapter(T5Module& module, const T5Spec& spec, const AdapterOptions& options, AdapterBase base)
    : spec_(spec), options_(options), base_(std::move(base)) {
  freeze(module);
  switch (options_.method) {
    case Method::kFull:
      return;
    case Method::kLora:
      add_products(module);
      break;
    case Method::kIa3:
      add_scales(module);
      break;
    case Method::kHoulsby:
    case Method::kPfeiffer:
      train_named(module, ".adapter.");
      break;
    case Method::kBias:
      train_named(module, ".bias");
      break;
    case Method::kNorm:
      train_named(module, "layer_norm.weight");
      break;
    case Method::kPrompt:
      begin_prompt(module);
      break;
    case Method::kPrefix:
      begin_prefix(module);
      break;
  }
  train_token_rows(module);
}

// The tables of evidence and of users' features stay trained in every method: they are about this corpus.
void T5Adapter::freeze(T5Module& module) {
  for (auto& item : module.named_parameters()) {
    const std::optional<BlockOf> place = block_of(item.key(), spec_);
    const bool late = options_.last_blocks == 0 || (place && place->block >= place->blocks - options_.last_blocks);
    const bool own = item.key().starts_with("evidence_") || item.key() == "user_prompt_embeddings";
    item.value().requires_grad_(own || (options_.method == Method::kFull && late));
  }
  for (const NamedWeight& weight : module.weights()) {
    if (weight.name.starts_with("evidence.") || weight.name == kUserPromptName)
      own_.push_back({weight.name, parameter_of(module, weight)});
  }
}

torch::Tensor T5Adapter::parameter_of(T5Module& module, const NamedWeight& weight) {
  for (const torch::Tensor& parameter : module.parameters()) {
    if (parameter.data_ptr() == weight.tensor.data_ptr() && parameter.sizes() == weight.tensor.sizes())
      return parameter;
  }
  throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "a weight that is no parameter", {.where = weight.name});
}

void T5Adapter::add_products(T5Module& module) {
  torch::Generator generator = at::detail::createCPUGenerator(Rng(2022, "adapter weights").next());
  const std::vector<AdaptablePlace> places = module.places();
  for (const AdaptablePlace& place : places) {
    if (!is_target(options_.targets, place.name)) continue;
    const torch::Tensor& stored = place.weight->stored();
    const double rank = number_for(options_.rank_pattern, place.name, static_cast<double>(options_.rank));
    const double alpha = number_for(options_.alpha_pattern, place.name, options_.alpha);
    const auto change = std::make_shared<LowRankChange>(
        LowRankChange::Shape{.rows = place.rows,
                             .columns = stored.size(1),
                             .rank = static_cast<std::int64_t>(rank),
                             .scale = alpha / (options_.rslora ? std::sqrt(rank) : rank)},
        generator);
    change->to(stored.device());
    module.register_module(module_name(place.name), change);
    place.weight->change(place.first, place.rows, change);
    const std::string key = std::string(kPeftModules) + place.name;
    if (place.name == "shared") {  // PEFT's products of embeddings are those of the transposed table
      pieces_.push_back({.name = key + ".lora_embedding_A", .parameter = change->up(), .transposed = true});
      pieces_.push_back({.name = key + ".lora_embedding_B", .parameter = change->down(), .transposed = true});
    } else {
      pieces_.push_back({key + ".lora_A.weight", change->down()});
      pieces_.push_back({key + ".lora_B.weight", change->up()});
    }
  }
  if (!pieces_.empty()) return;
  std::vector<std::string> known;
  for (const AdaptablePlace& place : places) {
    const std::string last = place.name.substr(place.name.rfind('.') + 1);
    if (std::ranges::find(known, last) == known.end()) known.push_back(last);
  }
  throw usage_error("LoRA has no weight to change",
                    {.where = "finetune.targets",
                     .expected = fmt::format("some of {}, or all-linear", fmt::join(known, ", ")),
                     .got = fmt::format("{}", fmt::join(options_.targets, ", "))});
}

void T5Adapter::add_scales(T5Module& module) {
  for (const AdaptablePlace& place : module.places()) {
    if (!is_target(scaled_modules(), place.name)) continue;
    const bool columns = place.name.ends_with(".wo");
    const std::int64_t size = columns ? place.weight->stored().size(1) : place.rows;
    const auto change =
        std::make_shared<ScaleChange>(columns ? ScaleChange::Axis::kColumns : ScaleChange::Axis::kRows, size);
    change->to(place.weight->stored().device());
    module.register_module(module_name(place.name), change);
    place.weight->change(place.first, place.rows, change);
    std::vector<std::int64_t> shape = columns ? std::vector<std::int64_t>{1, size} : std::vector<std::int64_t>{size, 1};
    pieces_.push_back({std::string(kPeftModules) + place.name + ".ia3_l", change->factors(), std::move(shape)});
  }
}

// Tensors that the base has, or that adapted_spec() added: those whose name has the part.
void T5Adapter::train_named(T5Module& module, const std::string& part) {
  for (const NamedWeight& weight : module.weights()) {
    if (!has_part(weight.name, part) || has_part(weight.name, "relative_attention")) continue;
    const std::string module_of = weight.name.substr(0, weight.name.rfind('.'));
    const bool norm = options_.method == Method::kNorm;
    pieces_.push_back({norm ? std::string(kPeftModules) + module_of + ".ln_tuning_layers.weight" : weight.name,
                       parameter_of(module, weight)});
    pieces_.back().parameter.requires_grad_(true);
  }
}

namespace {

// The vectors of words drawn from the first tokens, which are the commonest, [count, d_model].
torch::Tensor some_words(const torch::Tensor& table, std::int64_t count, const char* purpose) {
  Rng rng(2022, purpose);
  const std::int64_t words = std::min<std::int64_t>(table.size(0), 5000);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) {
    rows.push_back(static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(words))));
  }
  return table.index_select(0, torch::tensor(rows, torch::kLong).to(table.device()));
}

}  // namespace

// Prompt vectors begin as those of words (Lester et al. 2021).
void T5Adapter::begin_prompt(T5Module& module) {
  const torch::NoGradGuard no_gradient;
  std::vector<NamedWeight> weights = module.weights();
  const auto named = [&](std::string_view name) {
    return std::ranges::find(weights, name, &NamedWeight::name)->tensor;
  };
  torch::Tensor prompt = named(kPromptName);
  prompt.copy_(some_words(named(kSharedName), prompt.size(0), "prompt vectors"));
  train_named(module, std::string(kPromptName));
  pieces_.back().name = "prompt_embeddings";
}

// Keys and values begin as an attention would have them of words (Li and Liang 2021, section 7.4), taken as if they
// came straight from the token table.
void T5Adapter::begin_prefix(T5Module& module) {
  const torch::NoGradGuard no_gradient;
  std::vector<NamedWeight> weights = module.weights();
  const auto named = [&](const std::string& name) {
    return std::ranges::find(weights, name, &NamedWeight::name)->tensor;
  };
  torch::Tensor prefix = named(std::string(kPrefixName));
  torch::Tensor words = some_words(named(std::string(kSharedName)), prefix.size(0), "prefix vectors");
  words = words * (words.square().mean(-1, true) + spec_.layer_norm_epsilon).rsqrt();
  const std::int64_t inner = spec_.num_heads * spec_.d_kv;
  const auto begin = [&](PrefixPlace place, std::int64_t block, const std::string& layer, const char* kind) {
    const std::optional<std::int64_t> slot = prefix_slot(spec_, place, block);
    if (!slot) return;
    // What cross-attention reads has the encoder's last norm.
    const torch::Tensor norm =
        named(place == PrefixPlace::kCross ? "encoder.final_layer_norm.weight" : layer + "layer_norm.weight");
    std::int64_t column = 2 * *slot * inner;
    for (const char* part : {"k", "v"}) {
      const torch::Tensor weight = named(fmt::format("{}{}.{}.weight", layer, kind, part));
      prefix.narrow(1, column, inner).copy_(torch::linear(words * norm, weight));
      column += inner;
    }
  };
  for (std::int64_t block = 0; block < spec_.num_layers; ++block) {
    begin(PrefixPlace::kEncoder, block, fmt::format("encoder.block.{}.layer.0.", block), "SelfAttention");
  }
  for (std::int64_t block = 0; block < spec_.num_decoder_layers; ++block) {
    begin(PrefixPlace::kDecoder, block, fmt::format("decoder.block.{}.layer.0.", block), "SelfAttention");
    begin(PrefixPlace::kCross, block, fmt::format("decoder.block.{}.layer.1.", block), "EncDecAttention");
  }
  train_named(module, std::string(kPrefixName));
  if (spec_.prefix_decoder_only) pieces_.back().name = "prompt_embeddings";
}

void T5Adapter::train_token_rows(T5Module& module) {
  std::vector<std::int32_t> own_rows(static_cast<std::size_t>(spec_.vocab_size));
  std::iota(own_rows.begin(), own_rows.end(), 0);
  std::vector<std::int32_t> sources = base_.source_rows.empty() ? own_rows : base_.source_rows;
  std::vector<std::int64_t> rows;
  for (std::size_t row = 0; row < sources.size(); ++row) {
    if (options_.token_rows == AdapterOptions::TokenRows::kAll) sources[row] = -1;
    if (sources[row] < 0) rows.push_back(static_cast<std::int64_t>(row));
  }
  if (sources == own_rows) return;
  source_rows_ = std::move(sources);
  for (const AdaptablePlace& place : module.places()) {
    if (place.name != "shared" && place.name != "lm_head") continue;
    const torch::Tensor& stored = place.weight->stored();
    const auto change = std::make_shared<RowsChange>(torch::tensor(rows, torch::kLong).to(stored.device()), stored);
    module.register_module(module_name(place.name) + "/rows", change);
    place.weight->change(place.first, place.rows, change);
    change->values().requires_grad_(options_.token_rows != AdapterOptions::TokenRows::kNone);
    own_.push_back({std::string(kRowsPrefix) + place.name + ".weight", change->values()});
  }
}

double T5Adapter::learning_rate_share(const std::string& parameter, double progress) const {
  const std::optional<BlockOf> place = block_of(parameter, spec_);
  // What no block has, as embeddings, is as far from the output as the first block; last norms are not worth a case.
  const std::int64_t below = place ? place->blocks - 1 - place->block : spec_.num_layers;
  if (options_.unfreeze_every > 0 && progress < options_.unfreeze_every * static_cast<double>(below)) return 0.0;
  return std::pow(options_.layer_decay, static_cast<double>(below));
}

AdapterConfig T5Adapter::config() const {
  AdapterConfig config;
  config.base = base_.folder.string();
  config.base_digest = weights_digest(base_.folder);
  switch (options_.method) {
    case Method::kFull:
      break;
    case Method::kLora:
      config.type = "LORA";
      config.rank = options_.rank;
      config.alpha = options_.alpha;
      config.rslora = options_.rslora;
      config.targets = options_.targets;
      config.rank_pattern = options_.rank_pattern;
      config.alpha_pattern = options_.alpha_pattern;
      break;
    case Method::kIa3:
      config.type = "IA3";
      config.targets = scaled_modules();
      break;
    case Method::kPrompt:
      config.type = "PROMPT_TUNING";
      config.prompt_tokens = options_.prompt_tokens;
      break;
    case Method::kPrefix:
      config.type = spec_.prefix_decoder_only ? "PREFIX_TUNING" : "P5_PREFIX";
      config.prompt_tokens = spec_.prefix_tokens;
      config.layers = spec_.num_decoder_layers;
      config.heads = spec_.num_heads;
      config.inner = spec_.num_heads * spec_.d_kv;
      break;
    case Method::kNorm:
      config.type = "LN_TUNING";
      break;
    case Method::kHoulsby:
      config.type = "P5_HOULSBY";
      break;
    case Method::kPfeiffer:
      config.type = "P5_PFEIFFER";
      break;
    case Method::kBias:
      config.type = "P5_BIAS";
      break;
  }
  return config;
}

void T5Adapter::save(const std::filesystem::path& folder) const {
  const auto on_host = [](const std::vector<Piece>& pieces) {
    std::vector<std::pair<std::string, torch::Tensor>> tensors;
    for (const Piece& piece : pieces) {
      const torch::Tensor values = piece.parameter.detach().to(torch::kCPU);
      const torch::Tensor host = (piece.transposed ? values.t() : values).contiguous();
      tensors.emplace_back(piece.name, piece.shape.empty() ? host : host.view(piece.shape));
    }
    return tensors;
  };
  const auto pieces = on_host(pieces_);
  auto own = on_host(own_);
  if (!source_rows_.empty()) own.emplace_back(kSourceRowsName, torch::tensor(source_rows_, torch::kInt));
  save_adapter(folder, spec_, config(), records_of(pieces), records_of(own));
}

}  // namespace p5
