#include "encoders/encoder_module.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <cmath>

#include "encoders/hashed_rows.h"
#include "encoders/objective_module.h"
#include "encoders/time_gaps.h"

namespace p5 {
namespace {

constexpr double kTableDeviation = 0.02;

double fan_in_deviation(const torch::Tensor& weight) {
  return std::sqrt(static_cast<double>(weight.size(0)) / static_cast<double>(weight.numel()));
}

}  // namespace

EncoderRows EncoderRows::of(const TokenBatch& batch) {
  const auto shaped = [&](const auto& values, torch::ScalarType from, torch::ScalarType to) {
    using Value = typename std::decay_t<decltype(values)>::value_type;
    return torch::from_blob(const_cast<Value*>(values.data()), {batch.rows, batch.source_length}, from).to(to);
  };
  EncoderRows rows{.tokens = shaped(batch.source, torch::kInt, torch::kLong),
                   .kept = shaped(batch.source_mask, torch::kByte, torch::kFloat),
                   .gaps = {}};
  if (!batch.gap.empty()) rows.gaps = shaped(batch.gap, torch::kByte, torch::kLong);
  return rows;
}

EncoderModule::EncoderModule(const EncoderSpec& spec)
    : fusion_(spec.options.fusion), rows_(dynamic_cast<Collective*>(spec.shards), spec.table_rows()) {
  const std::int64_t width = spec.options.width;
  items_ = register_parameter("items", torch::zeros({rows_.own_rows(), width}));
  if (spec.hashed()) share_rows(spec);
  if (!spec.attributes.empty()) {
    attributes_ = register_parameter("attributes", torch::zeros({spec.attributes.count, width}));
    // Bags in the order of tokens: padding has none, and neither has the mask.
    std::vector<std::int64_t> begins{0};
    begins.insert(begins.end(), spec.attributes.begins.begin(), spec.attributes.begins.end());
    attribute_begins_ = torch::tensor(begins);
    attribute_values_ =
        torch::tensor(std::vector<std::int64_t>(spec.attributes.values.begin(), spec.attributes.values.end()));
  }
  add_features(spec);
  if (spec.ages > 0) by_age = register_parameter("by_age", torch::zeros({spec.ages}));
  if (spec.gated) gate = register_parameter("gate", torch::zeros({1}));
  norm_weight_ = register_parameter("norm_weight", torch::ones({width}));
  norm_bias_ = register_parameter("norm_bias", torch::zeros({width}));
  network_ = register_module("network", make_encoder_network(spec.options));
  if (spec.facts == nullptr) return;
  for (const WeightedObjective& objective : objectives_of(spec.options)) {
    objectives.push_back(make_objective(*objective.row, spec));
    register_module(fmt::format("objective{}", objectives.size()), objectives.back());
  }
}

void EncoderModule::share_rows(const EncoderSpec& spec) {
  const std::int64_t hashes = spec.options.row_hashes;
  shared_rows_ =
      torch::tensor(hashed_rows(spec.item_names, spec.options.item_rows, hashes)).view({spec.items, hashes}) + 1;
  shares_ = register_parameter("shares", torch::zeros({spec.items, hashes}));
}

torch::Tensor EncoderModule::own_vectors() const {
  if (!shares_.defined()) return items_;
  torch::Tensor sum;
  for (std::int64_t i = 0; i < shares_.size(1); ++i) {
    const torch::Tensor part = items_.index_select(0, shared_rows_.select(1, i)) * shares_.narrow(1, i, 1);
    sum = sum.defined() ? sum + part : part;
  }
  const std::int64_t last = items_.size(0) - 1;
  return torch::cat({items_.narrow(0, 0, 1), sum, items_.narrow(0, last, 1)});
}

void EncoderModule::add_features(const EncoderSpec& spec) {
  const std::int64_t width = spec.options.width;
  for (const FeatureBlock& block : spec.features) {
    const auto name = fmt::format("feature{}_weight", features_.size());
    feature_weights_.push_back(register_parameter(name, torch::zeros({width, block.columns})));
    // Padding and mask have none.
    features_.push_back(
        torch::constant_pad_nd(torch::tensor(block.values).view({spec.items, block.columns}), {0, 0, 1, 1}));
  }
  const std::size_t others = features_.size() + (attributes_.defined() ? 1 : 0);
  if (others > 0 && fusion_ == EncoderOptions::Fusion::kConcat) {
    fusion_weight_ =
        register_parameter("fusion_weight", torch::zeros({width, (static_cast<std::int64_t>(others) + 1) * width}));
  }
  for (std::size_t i = 0; i < others && fusion_ == EncoderOptions::Fusion::kGate; ++i) {
    gate_weights_.push_back(register_parameter(fmt::format("gate{}_weight", i), torch::zeros({width, width})));
  }
  if (spec.options.time_gaps) gap_table_ = register_parameter("gap_table", torch::zeros({TimeGaps::kSteps, width}));
}

void EncoderModule::initialize(const EncoderSpec& spec) {
  const torch::NoGradGuard no_gradient;
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(spec.options.seed);
  draw_rows(generator);
  // Sums vary as rows of their own do.
  if (shares_.defined()) shares_.fill_(1.0 / std::sqrt(static_cast<double>(shares_.size(1))));
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
  for (torch::Tensor& weight : feature_weights_) weight.normal_(0.0, kTableDeviation, generator);
  if (gap_table_.defined()) gap_table_.normal_(0.0, kTableDeviation, generator);
  if (fusion_weight_.defined()) fusion_weight_.normal_(0.0, fan_in_deviation(fusion_weight_), generator);
  for (torch::Tensor& weight : gate_weights_) weight.normal_(0.0, fan_in_deviation(weight), generator);
  for (const std::shared_ptr<Objective>& objective : objectives) {
    for (auto& parameter : objective->named_parameters()) {
      if (parameter.value().dim() < 2) continue;
      const bool table = parameter.key().find("table") != std::string::npos;
      parameter.value().normal_(0.0, table ? kTableDeviation : fan_in_deviation(parameter.value()), generator);
    }
  }
}

// Of a sharded table, what one process would draw for all rows, chunk by chunk: LibTorch fills 16 values at a time, and
// what is left of them in another way.
void EncoderModule::draw_rows(at::Generator generator) {
  constexpr std::int64_t kChunk = 1 << 14, kAtOnce = 16;
  const std::int64_t rows = rows_.rows(), stride = rows_.stride();
  for (std::int64_t begin = 0, end = 0; begin < rows; begin = end) {
    end = stride == 1 || rows - begin - kChunk < kAtOnce ? rows : begin + kChunk;
    const torch::Tensor chunk = stride == 1 ? items_ : torch::empty({end - begin, items_.size(1)});
    chunk.normal_(0.0, kTableDeviation, generator);
    if (stride == 1) return;
    const std::int64_t first = begin + ((rows_.first() - begin) % stride + stride) % stride;
    if (first >= end) continue;
    const torch::Tensor own = chunk.slice(0, first - begin, end - begin, stride);
    items_.narrow(0, first / stride, own.size(0)).copy_(own);
  }
}

void EncoderModule::gather() {
  const torch::Tensor whole = rows_.gather(items_);
  items_.set_data(whole.defined() ? whole : torch::zeros({0, items_.size(1)}));
  rows_ = ShardedRows(nullptr, items_.size(0));
}

torch::Tensor EncoderModule::token_vectors() const { return with_others(own_vectors(), nullptr); }

torch::Tensor EncoderModule::token_vectors(const std::vector<std::int64_t>& tokens) const {
  return with_others(rows_.take(items_, tokens), &tokens);
}

torch::Tensor EncoderModule::own_token_vectors() const {
  std::vector<std::int64_t> tokens;
  for (std::int64_t row = rows_.first(); row < rows_.rows(); row += rows_.stride()) tokens.push_back(row);
  return with_others(items_, &tokens);
}

torch::Tensor EncoderModule::attribute_means(const std::vector<std::int64_t>* tokens) const {
  constexpr std::int64_t kMean = 1;
  torch::Tensor values = attribute_values_, begins = attribute_begins_;
  if (tokens != nullptr) {
    std::vector<std::int64_t> own_values, own_begins;
    const auto *const value = attribute_values_.data_ptr<std::int64_t>(), *const begin = attribute_begins_
                                                                                             .data_ptr<std::int64_t>();
    for (const std::int64_t token : *tokens) {
      const bool last = token + 1 == attribute_begins_.size(0);
      own_begins.push_back(static_cast<std::int64_t>(own_values.size()));
      own_values.insert(own_values.end(), value + begin[token],
                        value + (last ? attribute_values_.size(0) : begin[token + 1]));
    }
    values = torch::tensor(own_values);
    begins = torch::tensor(own_begins);
  }
  return std::get<0>(torch::embedding_bag(attributes_, values, begins, false, kMean));
}

torch::Tensor EncoderModule::with_others(const torch::Tensor& own, const std::vector<std::int64_t>* tokens) const {
  std::vector<torch::Tensor> parts{own};
  if (attributes_.defined()) parts.push_back(attribute_means(tokens));
  const torch::Tensor places = tokens != nullptr && !features_.empty() ? torch::tensor(*tokens) : torch::Tensor();
  for (std::size_t i = 0; i < features_.size(); ++i) {
    parts.push_back(
        torch::linear(places.defined() ? features_[i].index_select(0, places) : features_[i], feature_weights_[i]));
  }
  return parts.size() == 1 ? parts.front() : fuse(parts);
}

torch::Tensor EncoderModule::fuse(const std::vector<torch::Tensor>& parts) const {
  if (fusion_weight_.defined()) return torch::linear(torch::cat(parts, -1), fusion_weight_);
  torch::Tensor sum = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const bool gated = !gate_weights_.empty();
    sum = sum + (gated ? torch::sigmoid(torch::linear(parts.front(), gate_weights_[i - 1])) * parts[i] : parts[i]);
  }
  return sum;
}

EncoderStates EncoderModule::forward(const EncoderRows& rows, const torch::Tensor& vectors, Reading reading) {
  torch::Tensor read = torch::embedding(vectors, rows.tokens);
  if (gap_table_.defined()) {
    read = read + (rows.gaps.defined() ? torch::embedding(gap_table_, rows.gaps) : gap_table_[0]);
  }
  EncoderStates states = network_->forward({read * rows.kept.unsqueeze(-1), rows.kept, reading});
  states.states = torch::layer_norm(states.states, {norm_weight_.size(0)}, norm_weight_, norm_bias_);
  return states;
}

}  // namespace p5
