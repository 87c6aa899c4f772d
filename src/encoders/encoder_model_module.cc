#include "encoders/encoder_model_module.h"

#include <fmt/format.h>

#include <algorithm>

#include "encoders/kept_targets.h"
#include "model/checkpoint_weights.h"
#include "model/torch_device_module.h"
#include "nn/sampled_cross_entropy_module.h"
#include "nn/torch_guard_module.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr double kDrawPower = 0.5;  // of an item's count, in the draws of the sampled softmax

// The shape alone: batches over few tokens have their own number of items.
EncoderSpec without_facts(EncoderSpec spec) {
  spec.attributes = {};
  spec.features.clear();
  spec.item_names.clear();
  spec.item_counts.clear();
  spec.facts = nullptr;
  return spec;
}

std::vector<float> to_vector(const torch::Tensor& tensor) {
  const torch::Tensor host = tensor.detach().contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

}  // namespace

EncoderModel::EncoderModel(const EncoderSpec& spec, const DeviceOptions& device)
    : spec_(spec), precision_(matrix_precision_of(device)) {
  with_torch_errors([&] {
    open_device(device);
    module_ = std::make_shared<EncoderModule>(spec_);
    module_->initialize(spec_);
    module_->eval();
    if (spec.options.loss == EncoderOptions::Loss::kSampledSoftmax) {
      chances_ = chances_of(torch::tensor(spec.item_counts).clamp_min(1.0).pow(kDrawPower), spec.options.negatives);
      if (!spec.hashed()) compactor_ = std::make_shared<BatchCompactor>(spec.vocab_size);
      compact_spec_ = without_facts(spec);
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

std::int64_t EncoderModel::sharded_rows(const std::string& parameter) const {
  return spec_.shards != nullptr && parameter == "items" ? module_->rows().rows() : 0;
}

bool EncoderModel::is_compact(const TokenBatch& batch) const {
  return compactor_ != nullptr && objectives_of(spec_.options)[batch.objective].row->by_rows;
}

ObjectiveLosses EncoderModel::losses_of(const TokenBatch& batch) {
  Objective& objective = *module_->objectives[batch.objective];
  DrawnColumns drawn;
  if (chances_.defined()) drawn = draw_columns(chances_, batch.draw_seed);
  if (!is_compact(batch)) return objective.losses({batch, *module_, spec_, module_->token_vectors(), drawn});
  check_targets(batch, spec_);
  const auto* const columns = drawn.columns.data_ptr<std::int64_t>();
  const CompactBatch compact = compactor_->compact(batch, {columns, static_cast<std::size_t>(drawn.columns.size(0))});
  compact_spec_.items = compact.items();
  compact_spec_.vocab_size = compact.items() + 2;
  drawn.columns = torch::tensor(compact.drawn);
  return objective.losses(
      {compact.batch, *module_, compact_spec_, module_->token_vectors(compact.tokens), std::move(drawn)});
}

TrainingLoss EncoderModel::training_loss(const TokenBatch& batch) {
  forget();
  const MatrixPrecisionScope products(precision_);
  return with_torch_errors([&] {
    check_sources(batch, spec_);
    if (batch.objective >= module_->objectives.size()) {
      throw usage_error("a batch of another objective",
                        {.where = "TokenBatch::objective",
                         .expected = fmt::format("below {}", module_->objectives.size()),
                         .got = fmt::format("{}", batch.objective)});
    }
    const ObjectiveLosses made = losses_of(batch);
    const bool any = made.values.defined() && made.values.numel() > 0;
    TrainingLoss loss;
    loss.mean = any ? made.values.mean() : module_->parameters().front().sum() * 0.0;
    loss.rows = loss.mean.detach().repeat({batch.rows});
    if (any) {
      // Rows without a loss of their own count as the others do on average.
      const torch::Tensor rows = torch::tensor(made.rows), none = torch::zeros({batch.rows});
      const torch::Tensor counts = none.index_add(0, rows, torch::ones_like(made.values).detach());
      const torch::Tensor sums = none.index_add(0, rows, made.values.detach());
      loss.rows = torch::where(counts > 0, sums / counts.clamp_min(1.0), loss.rows);
    }
    if (made.penalty.defined()) loss.mean = loss.mean + made.penalty;
    loss.tokens = batch.row_weight.empty() ? 1.0 : batch.row_weight.front();
    loss.padded_tokens = static_cast<std::int64_t>(batch.source.size() + batch.target.size());
    return loss;
  });
}

std::vector<float> EncoderModel::encode(const TokenBatch& histories) const {
  return with_torch_errors([&] {
    check_sources(histories, spec_);
    const torch::NoGradGuard guard;
    const Reading reading = encoder_row(spec_.options.network).reading;
    torch::Tensor made;
    if (spec_.shards == nullptr) {
      made = module_->forward(EncoderRows::of(histories), answer_vectors(), reading).states;
    } else {
      module_->eval();
      const CompactBatch compact = compactor_->compact(histories, {});
      made = module_->forward(EncoderRows::of(compact.batch), module_->token_vectors(compact.tokens), reading).states;
    }
    std::vector<std::int64_t> last;
    for (std::int64_t row = 0; row < histories.rows; ++row) {
      const std::int64_t length = kept_length(histories.source_mask, row, histories.source_length);
      last.push_back(row * histories.source_length + std::max<std::int64_t>(length - 1, 0));
    }
    return to_vector(made.reshape({-1, spec_.options.width}).index_select(0, torch::tensor(last)));
  });
}

void EncoderModel::gather_items() {
  if (spec_.shards == nullptr) return;
  forget();
  with_torch_errors([&] { module_->gather(); });
  spec_.shards = nullptr;
}

ItemTables EncoderModel::own_tables() const {
  const ShardedRows& rows = module_->rows();
  const std::int64_t padding = rows.first() == 0 ? 1 : 0;
  const std::int64_t mask = spec_.mask_token() % rows.stride() == rows.first() ? 1 : 0;
  ItemTables tables;
  tables.vectors = to_vector(module_->own_token_vectors().narrow(0, padding, rows.own_rows() - padding - mask));
  return tables;
}

ItemTables EncoderModel::tables() const {
  return with_torch_errors([&] {
    const torch::NoGradGuard guard;
    ItemTables tables;
    if (spec_.shards != nullptr) {
      tables = own_tables();
    } else {
      tables.vectors = to_vector(answer_vectors().narrow(0, 1, spec_.items));
      tables.mask = to_vector(answer_vectors()[spec_.mask_token()]);
    }
    if (module_->by_age.defined()) tables.by_age = to_vector(module_->by_age);
    if (module_->gate.defined()) tables.gate = module_->gate.item<float>();
    return tables;
  });
}

std::vector<NamedValues> EncoderModel::weights() const {
  return with_torch_errors([&] {
    std::vector<NamedValues> weights;
    for (const auto& item : module_->named_parameters()) {
      if (!EncoderModule::is_of_objective(item.key())) weights.push_back({item.key(), to_vector(item.value())});
    }
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
