#include "encoders/encoder_model_module.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <algorithm>

#include "encoders/encoder_losses_module.h"
#include "model/checkpoint_weights.h"
#include "model/torch_device_module.h"
#include "nn/torch_guard_module.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr double kTableDeviation = 0.02;
constexpr double kDrawPower = 0.5;  // of an item's count, in the draws of the sampled softmax

torch::Tensor matrix_of(const std::vector<TokenId>& tokens, std::int64_t rows) {
  const auto columns = static_cast<std::int64_t>(tokens.size()) / rows;
  return torch::from_blob(const_cast<TokenId*>(tokens.data()), {rows, columns}, torch::kInt).to(torch::kLong);
}

torch::Tensor mask_of(const std::vector<std::uint8_t>& mask, std::int64_t rows) {
  const auto columns = static_cast<std::int64_t>(mask.size()) / rows;
  return torch::from_blob(const_cast<std::uint8_t*>(mask.data()), {rows, columns}, torch::kByte).to(torch::kFloat);
}

// Ids out of range would be undefined behavior further on.
void check_tokens(const std::vector<TokenId>& tokens, std::size_t size, std::int64_t vocab_size, const char* what) {
  const auto bad = [vocab_size](TokenId token) { return token < 0 || token >= vocab_size; };
  if (size == 0 || tokens.size() != size || std::any_of(tokens.begin(), tokens.end(), bad)) {
    throw usage_error("a bad batch of items", {.where = what,
                                               .expected = fmt::format("{} tokens below {}", size, vocab_size),
                                               .got = fmt::format("{} tokens", tokens.size())});
  }
}

void check_batch(const TokenBatch& batch, const EncoderSpec& spec) {
  const auto size = static_cast<std::size_t>(batch.rows) * static_cast<std::size_t>(batch.source_length);
  check_tokens(batch.source, size, spec.vocab_size, "TokenBatch::source");
  if (batch.source_mask.size() != size) {
    throw usage_error("a bad batch of items", {.where = "TokenBatch::source_mask", .got = "another size"});
  }
}

struct KeptTargets {
  std::vector<std::int64_t> places, labels, rows;
  std::vector<float> counts;  // [rows]
};

KeptTargets kept_targets(const TokenBatch& batch, const EncoderSpec& spec) {
  check_tokens(batch.target, batch.source.size(), spec.vocab_size, "TokenBatch::target");
  KeptTargets kept;
  kept.counts.assign(static_cast<std::size_t>(batch.rows), 0.0f);
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (batch.target_mask[i] == 0) continue;
    if (batch.target[i] < 1 || batch.target[i] > spec.items) {
      throw usage_error("a target that is no item",
                        {.where = "TokenBatch::target", .got = fmt::format("{}", batch.target[i])});
    }
    kept.places.push_back(static_cast<std::int64_t>(i));
    kept.labels.push_back(batch.target[i] - 1);
    kept.rows.push_back(static_cast<std::int64_t>(i) / batch.source_length);
    ++kept.counts[i / static_cast<std::size_t>(batch.source_length)];
  }
  if (kept.places.empty()) throw usage_error("no target is kept", {.where = "TokenBatch::target_mask"});
  return kept;
}

std::vector<float> to_vector(const torch::Tensor& tensor) {
  const torch::Tensor host = tensor.detach().contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

}  // namespace

EncoderModule::EncoderModule(const EncoderSpec& spec) {
  const std::int64_t width = spec.options.width;
  items_ = register_parameter("items", torch::zeros({spec.vocab_size, width}));
  if (!spec.attributes.empty()) {
    attributes_ = register_parameter("attributes", torch::zeros({spec.attributes.count, width}));
    // Bags in the order of tokens: padding has none, and neither has the mask.
    std::vector<std::int64_t> begins{0};
    begins.insert(begins.end(), spec.attributes.begins.begin(), spec.attributes.begins.end());
    attribute_begins_ = torch::tensor(begins);
    attribute_values_ =
        torch::tensor(std::vector<std::int64_t>(spec.attributes.values.begin(), spec.attributes.values.end()));
  }
  if (spec.ages > 0) by_age = register_parameter("by_age", torch::zeros({spec.ages}));
  if (spec.gated) gate = register_parameter("gate", torch::zeros({1}));
  norm_weight_ = register_parameter("norm_weight", torch::ones({width}));
  norm_bias_ = register_parameter("norm_bias", torch::zeros({width}));
  network_ = register_module("network", make_encoder_network(spec.options));
}

void EncoderModule::initialize(const EncoderSpec& spec) {
  const torch::NoGradGuard no_gradient;
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(spec.options.seed);
  items_.normal_(0.0, kTableDeviation, generator);
  if (attributes_.defined()) attributes_.normal_(0.0, kTableDeviation, generator);
  if (gate.defined()) gate.fill_(spec.gate);
  if (by_age.defined()) by_age.fill_(spec.repeat);
  for (auto& parameter : network_->named_parameters()) {
    if (parameter.value().dim() < 2) continue;  // norms and biases are as they were made
    parameter.value().normal_(0.0, network_->deviation(parameter.key(), parameter.value()), generator);
  }
  for (auto& parameter : network_->named_parameters()) {
    if (parameter.key().find("units.bias") != std::string::npos) parameter.value().zero_();
  }
}

torch::Tensor EncoderModule::token_vectors() const {
  if (!attributes_.defined()) return items_;
  constexpr std::int64_t kMean = 1;
  return items_ + std::get<0>(torch::embedding_bag(attributes_, attribute_values_, attribute_begins_, false, kMean));
}

EncoderStates EncoderModule::forward(const torch::Tensor& tokens, const torch::Tensor& kept,
                                     const torch::Tensor& vectors) {
  EncoderStates states = network_->forward({torch::embedding(vectors, tokens) * kept.unsqueeze(-1), kept});
  states.states = torch::layer_norm(states.states, {norm_weight_.size(0)}, norm_weight_, norm_bias_);
  return states;
}

EncoderModel::EncoderModel(const EncoderSpec& spec, const DeviceOptions& device)
    : spec_(spec), precision_(matrix_precision_of(device)) {
  with_torch_errors([&] {
    open_device(device);
    module_ = std::make_shared<EncoderModule>(spec_);
    module_->initialize(spec_);
    module_->eval();
    if (spec.options.loss == EncoderOptions::Loss::kSampledSoftmax) {
      const torch::Tensor weights = torch::tensor(spec.item_counts).clamp_min(1.0).pow(kDrawPower);
      log_draw_ = (weights / weights.sum()).log();
    }
  });
}

std::unique_ptr<SequenceModel> EncoderModel::replica() const {
  return std::unique_ptr<SequenceModel>(new EncoderModel(*this));
}

void EncoderModel::save(const std::filesystem::path& folder) const {
  with_torch_errors([&] {
    std::vector<torch::Tensor> kept;
    std::vector<TensorRecord> records;
    for (const auto& item : module_->named_parameters()) {
      const torch::Tensor& host = kept.emplace_back(item.value().detach().contiguous());
      records.push_back({.name = item.key(),
                         .type = TensorType::kF32,
                         .shape = host.sizes().vec(),
                         .bytes = {static_cast<const std::byte*>(host.data_ptr()), host.nbytes()}});
    }
    save_checkpoint(folder, spec_, std::move(records));
  });
}

SparseLogits EncoderModel::sparse_logits(const TokenEvidence& evidence, const std::vector<std::int64_t>& kept) const {
  std::vector<std::int64_t> offsets{0}, columns, ages;
  std::vector<float> features, shares, aged;
  for (const std::int64_t place : kept) {
    for (const KnownToken& known : evidence.at(static_cast<std::size_t>(place))) {
      const bool old = known.age < 0 || known.age >= spec_.ages;
      columns.push_back(known.token - 1);
      features.push_back(known.feature);
      shares.push_back(known.share * evidence.distill);
      ages.push_back(old ? 0 : known.age);
      aged.push_back(old ? 0.0f : 1.0f);
    }
    offsets.push_back(static_cast<std::int64_t>(columns.size()));
  }
  torch::Tensor bias = torch::tensor(features) * module_->gate;
  if (module_->by_age.defined()) {
    bias = bias + module_->by_age.index_select(0, torch::tensor(ages)) * torch::tensor(aged);
  }
  return {.offsets = torch::tensor(offsets),
          .columns = torch::tensor(columns),
          .bias = bias,
          .shares = torch::tensor(shares)};
}

torch::Tensor EncoderModel::answer_vectors() const {
  const std::lock_guard lock(answers_->making);
  if (!answers_->vectors.defined()) {
    if (module_->is_training()) module_->eval();
    answers_->vectors = module_->token_vectors();
  }
  return answers_->vectors;
}

void EncoderModel::forget() const {
  const std::lock_guard lock(answers_->making);
  answers_->vectors.reset();
}

TrainingLoss EncoderModel::training_loss(const TokenBatch& batch) {
  forget();
  const MatrixPrecisionScope products(precision_);
  return with_torch_errors([&] {
    check_batch(batch, spec_);
    const KeptTargets kept = kept_targets(batch, spec_);
    const torch::Tensor vectors = module_->token_vectors();
    const EncoderStates made =
        module_->forward(matrix_of(batch.source, batch.rows), mask_of(batch.source_mask, batch.rows), vectors);
    const torch::Tensor states =
        made.states.reshape({-1, spec_.options.width}).index_select(0, torch::tensor(kept.places));
    const bool informed = module_->gate.defined() && !batch.evidence.empty();
    SparseLogits evidence;
    if (informed) evidence = sparse_logits(batch.evidence, kept.places);
    const torch::Tensor losses = encoder_losses(spec_.options.loss, {.states = states,
                                                                     .items = vectors.narrow(0, 1, spec_.items),
                                                                     .labels = torch::tensor(kept.labels),
                                                                     .log_draw = log_draw_,
                                                                     .negatives = spec_.options.negatives,
                                                                     .evidence = informed ? &evidence : nullptr});
    TrainingLoss loss;
    loss.mean = made.penalty.defined() ? losses.mean() + made.penalty : losses.mean();
    const torch::Tensor counts = torch::tensor(kept.counts);
    loss.rows =
        torch::zeros_like(counts).index_add_(0, torch::tensor(kept.rows), losses.detach()).div_(counts.clamp_min(1.0));
    loss.tokens = static_cast<double>(kept.places.size());
    loss.padded_tokens = static_cast<std::int64_t>(batch.source.size() + batch.target.size());
    return loss;
  });
}

std::vector<float> EncoderModel::encode(const TokenBatch& histories) const {
  return with_torch_errors([&] {
    check_batch(histories, spec_);
    const torch::NoGradGuard guard;
    const torch::Tensor vectors = answer_vectors();
    const torch::Tensor made = module_
                                   ->forward(matrix_of(histories.source, histories.rows),
                                             mask_of(histories.source_mask, histories.rows), vectors)
                                   .states;
    std::vector<std::int64_t> last;
    for (std::int64_t row = 0; row < histories.rows; ++row) {
      const std::int64_t length = kept_length(histories.source_mask, row, histories.source_length);
      last.push_back(row * histories.source_length + std::max<std::int64_t>(length - 1, 0));
    }
    return to_vector(made.reshape({-1, spec_.options.width}).index_select(0, torch::tensor(last)));
  });
}

ItemTables EncoderModel::tables() const {
  return with_torch_errors([&] {
    const torch::NoGradGuard guard;
    ItemTables tables;
    tables.vectors = to_vector(answer_vectors().narrow(0, 1, spec_.items));
    if (module_->by_age.defined()) tables.by_age = to_vector(module_->by_age);
    if (module_->gate.defined()) tables.gate = module_->gate.item<float>();
    return tables;
  });
}

std::vector<NamedValues> EncoderModel::weights() const {
  return with_torch_errors([&] {
    std::vector<NamedValues> weights;
    for (const auto& item : module_->named_parameters()) weights.push_back({item.key(), to_vector(item.value())});
    return weights;
  });
}

void EncoderModel::set_weights(std::span<const NamedValues> weights) {
  forget();
  with_torch_errors([&] {
    const torch::NoGradGuard guard;
    auto parameters = module_->named_parameters();
    for (const NamedValues& weight : weights) {
      torch::Tensor* const to = parameters.find(weight.name);
      if (to == nullptr || to->numel() != static_cast<std::int64_t>(weight.values.size())) {
        throw model_error("weights of another encoder", {.where = weight.name});
      }
      to->copy_(torch::tensor(weight.values).view(to->sizes()));
    }
  });
}

}  // namespace p5

// What item_encoder.cc finds in this library. The caller owns the result.
extern "C" p5::SequenceModel* p5_torch_make_encoder(const p5::EncoderSpec* spec, const p5::DeviceOptions* device) {
  return new p5::EncoderModel(*spec, *device);
}
