#include "t5/t5_torch_model_module.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <utility>

#include "base/logger.h"
#include "model/checkpoint_weights.h"
#include "model/safetensors.h"
#include "model/torch_device_module.h"
#include "nn/fused_layers_module.h"
#include "nn/torch_guard_module.h"
#include "p5/error.h"
#include "t5/batch_tensors_module.h"
#include "t5/t5_checkpoint.h"
#include "t5/t5_objectives_module.h"
#include "t5/t5_scorer_module.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

// Turns dropout off while this lives.
class EvaluationMode {
 public:
  explicit EvaluationMode(T5Module& module) : module_(module), training_(module.is_training()) {
    if (training_) module_.eval();
  }
  ~EvaluationMode() {
    if (training_) module_.train();
  }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  T5Module& module_;
  bool training_;
};

std::vector<float> to_vector(const torch::Tensor& tensor) {
  const torch::Tensor host = tensor.to(torch::kCPU, torch::kFloat).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

std::shared_ptr<T5Module> make_module(const T5Spec& spec) {
  // Allocated without initialisation: every weight is set right after.
  return std::make_shared<T5Module>(spec);
}

// The rows of a table over another vocabulary; rows that it lacks keep the values of `rows` [vocab, d_model].
void copy_rows(const TensorRecord& record, std::span<const std::int32_t> source_rows, const torch::Tensor& rows) {
  std::vector<float> all(static_cast<std::size_t>(record.element_count()));
  copy_as_float(record, all);
  const std::int64_t width = rows.size(1);
  for (std::size_t row = 0; row < source_rows.size(); ++row) {
    if (source_rows[row] < 0) continue;
    std::copy_n(all.data() + source_rows[row] * width, width,
                rows.data_ptr<float>() + static_cast<std::int64_t>(row) * width);
  }
}

// Copies the records into the module's weights, vocabulary tables by `source_rows` unless it is empty. If the spec has
// a whole-word table that the file lacks, the table is initialised: a plain T5 on its way to a P5.
// Without `users`, that table begins afresh.
void fill_weights(T5Module& module, const SafetensorsFile& file, std::span<const std::int32_t> source_rows = {},
                  bool users = true) {
  const torch::NoGradGuard guard;
  for (const NamedWeight& weight : module.weights()) {
    if (!users && weight.name == kUserPromptName) continue;
    const TensorRecord* record = file.find(weight.name);
    if (record == nullptr) {
      if (!source_rows.empty()) continue;  // the fresh table stays
      log_warning(fmt::format("{}: no {}; the table is initialised anew", file.path().string(), weight.name));
      module.initialize_whole_word(0);
      continue;
    }
    if (!source_rows.empty() && weight.name.starts_with("evidence.") && record->shape != weight.tensor.sizes().vec()) {
      continue;  // of ids of another depth
    }
    const bool mapped = !source_rows.empty() && (weight.name == kSharedName || weight.name == kLmHeadName);
    const bool direct = weight.tensor.is_cpu() && weight.tensor.is_contiguous();
    torch::Tensor host = direct   ? weight.tensor
                         : mapped ? weight.tensor.to(torch::kCPU).contiguous()
                                  : torch::empty(weight.tensor.sizes());
    if (mapped) {
      copy_rows(*record, source_rows, host);
    } else {
      copy_as_float(*record, {host.data_ptr<float>(), static_cast<std::size_t>(host.numel())});
    }
    if (!direct) weight.tensor.copy_(host);
    file.release(*record);
  }
}

// Outputs of an untied model are never scaled (T5 v1.1), and a checkpoint cannot say otherwise.
T5Spec settled(T5Spec spec) {
  if (!spec.tie_word_embeddings) spec.scale_decoder_outputs = false;
  return spec;
}

}  // namespace

T5TorchModel::T5TorchModel(const T5Spec& spec, std::uint64_t seed, const DeviceOptions& device)
    : spec_(settled(spec)), device_(open_device(device)), precision_(matrix_precision_of(device)) {
  with_torch_errors([&] {
    module_ = make_module(spec_);
    module_->initialize(seed);
    module_->to(device_);
  });
}

T5TorchModel::T5TorchModel(const T5Spec& spec, torch::Device device, MatrixPrecision precision,
                           std::shared_ptr<T5Module> module)
    : spec_(spec), device_(device), precision_(precision), module_(std::move(module)) {}

std::unique_ptr<SequenceModel> T5TorchModel::replica() const {
  std::unique_ptr<T5TorchModel> copy(new T5TorchModel(spec_, device_, precision_, module_));
  copy->adapter_ = adapter_;
  copy->tries_ = tries_;
  if (search_) copy->search_.emplace(search_->replica());
  return copy;
}

std::unique_ptr<T5TorchModel> T5TorchModel::load(const std::filesystem::path& folder, const DeviceOptions& device) {
  const torch::Device place = open_device(device);
  const SafetensorsFile file = open_t5_weights(folder);
  const T5Spec spec = spec_of_checkpoint(T5Spec::read_json(config_of(folder)), file);
  return with_torch_errors([&] {
    auto module = make_module(spec);
    module->to(place);
    fill_weights(*module, file);
    return std::unique_ptr<T5TorchModel>(new T5TorchModel(spec, place, matrix_precision_of(device), std::move(module)));
  });
}

void T5TorchModel::take_weights(const std::filesystem::path& folder, std::span<const std::int32_t> source_rows) {
  assert(adapter_ == nullptr);  // weights that are changed are no longer views of what is stored
  const SafetensorsFile file = open_t5_weights(folder);
  if (source_rows.empty()) {
    check_tensors(spec_, file);
  } else {
    check_tensors_of_start(spec_, folder, file);
  }
  // Rows of users' features mean what they meant there, or begin afresh.
  const bool users =
      source_rows.empty() || T5Spec::read_json(config_of(folder)).user_prompt_digest == spec_.user_prompt_digest;
  with_torch_errors([&] { fill_weights(module(), file, source_rows, users); });
}

void T5TorchModel::take_token_vectors(std::span<const TokenId> tokens, std::span<const float> vectors) {
  const std::int64_t rows = static_cast<std::int64_t>(tokens.size()), width = spec_.d_model;
  if (static_cast<std::int64_t>(vectors.size()) != rows * width) {
    throw usage_error("vectors of another width",
                      {.expected = fmt::format("model.d_model = {} numbers per token", width),
                       .got = fmt::format("{} numbers for {} tokens", vectors.size(), rows)});
  }
  with_torch_errors([&] {
    const torch::NoGradGuard guard;
    const torch::Tensor values =
        torch::from_blob(const_cast<float*>(vectors.data()), {rows, width}, torch::kFloat).to(device_);
    const torch::Tensor places = torch::tensor(std::vector<std::int64_t>(tokens.begin(), tokens.end())).to(device_);
    for (const NamedWeight& weight : module().weights()) {
      if (weight.name != kSharedName && weight.name != kLmHeadName) continue;
      torch::Tensor table = weight.tensor;
      table.index_copy_(0, places, values);
    }
  });
}

void T5TorchModel::adapt(const AdapterOptions& options, const AdapterBase& base) {
  with_torch_errors([&] { adapter_ = std::make_shared<const T5Adapter>(module(), spec_, options, base); });
}

AdapterTaker::Size T5TorchModel::adapter_size() const {
  Size size;
  for (const torch::Tensor& parameter : module_->parameters()) {
    size.all += parameter.numel();
    if (parameter.requires_grad()) size.trained += parameter.numel();
  }
  return size;
}

double T5TorchModel::learning_rate_share(const std::string& parameter, double progress) const {
  return adapter_ == nullptr ? 1.0 : adapter_->learning_rate_share(parameter, progress);
}

void T5TorchModel::save(const std::filesystem::path& folder) const {
  with_torch_errors([&] {
    if (adapter_ != nullptr && adapter_->adapts()) return adapter_->save(folder);
    std::vector<torch::Tensor> alive;  // host copies, until they are written
    std::vector<TensorRecord> records;
    for (const NamedWeight& weight : module_->weights()) {
      alive.push_back(weight.tensor.to(torch::kCPU).contiguous());
      const torch::Tensor& host = alive.back();
      records.push_back({weight.name, TensorType::kF32, host.sizes().vec(),
                         std::as_bytes(std::span(host.data_ptr<float>(), static_cast<std::size_t>(host.numel())))});
    }
    save_checkpoint(folder, spec_, std::move(records));
  });
}

std::string T5TorchModel::device() const { return device_.str(); }

EngineSearch& T5TorchModel::search() {
  if (search_) return *search_;
  std::map<std::string, torch::Tensor> weights;
  for (const NamedWeight& weight : module_->weights()) weights[weight.name] = weight.tensor.contiguous();
  const T5Engine::Weights values = [&](const std::string& name) -> std::span<const float> {
    const auto found = weights.find(name);
    if (found == weights.end()) return {};
    return {found->second.data_ptr<float>(), static_cast<std::size_t>(found->second.numel())};
  };
  auto engine = std::make_shared<const T5Engine>(spec_, values, precision_);
  return search_.emplace(std::move(engine), at::get_num_threads());
}

std::unique_ptr<NextTokenScorer> T5TorchModel::start(const TokenBatch& sources) {
  return with_torch_errors([&]() -> std::unique_ptr<NextTokenScorer> {
    if (fused_layers_apply(module_->output_weight())) return search().start(sources);
    if (module_->is_training()) module_->eval();  // replicas of a module in evaluation mode only read it
    if (device_.is_cpu()) return std::make_unique<T5Scorer>(module_, source_tensors(sources, spec_, device_));
    if (recorded_ == nullptr) recorded_ = std::make_shared<RecordedSearches>(device_);
    return std::make_unique<T5Scorer>(module_, source_tensors(sources, spec_, device_), tries_, recorded_);
  });
}

LogitsResult T5TorchModel::logits(const TokenBatch& batch) {
  const MatrixPrecisionScope products(precision_);
  return with_torch_errors([&] {
    const c10::InferenceMode guard;
    const EvaluationMode evaluation(*module_);
    const SourceTensors source = source_tensors(batch, spec_, device_);
    const TargetTensors target = target_tensors(batch, spec_, device_, TargetPadding::kKeep);
    const torch::Tensor encoded = module_->encode(source);
    const torch::Tensor states = module_->decode(target.input, target.runs, encoded, source.mask);
    return LogitsResult{token_losses(*module_, states, target).mean().item<double>(),
                        to_vector(module_->logits(states)), to_vector(encoded)};
  });
}

std::vector<float> T5TorchModel::score_targets(const TokenBatch& batch) {
  const MatrixPrecisionScope products(precision_);
  return with_torch_errors([&] {
    const c10::InferenceMode guard;
    const EvaluationMode evaluation(*module_);
    const SourceTensors source = source_tensors(batch, spec_, device_);
    const TargetTensors target = target_tensors(batch, spec_, device_, TargetPadding::kByRun);
    const torch::Tensor states = module_->decode(target.input, target.runs, module_->encode(source), source.mask);
    return to_vector(sum_by_row(token_losses(*module_, states, target), target).neg());
  });
}

TrainingLoss T5TorchModel::training_loss(const TokenBatch& batch) {
  search_.reset();  // a step follows
  const MatrixPrecisionScope products(precision_);
  return with_torch_errors([&] { return t5_objective(batch.objective).loss({*module_, spec_, device_}, batch); });
}

TrainingPass T5TorchModel::add_gradients(const TokenBatch& batch, bool bfloat16) {
  if (device_.is_cpu()) return TrainableModel::add_gradients(batch, bfloat16);
  return with_torch_errors([&] {
    if (passes_ == nullptr || !passes_->fits(bfloat16)) {
      passes_ = std::make_unique<GraphedPasses>(*module_, spec_, device_, bfloat16);
    }
    return passes_->add_gradients(batch);
  });
}

}  // namespace p5

// What t5_architecture.cc finds in this library. The caller owns the result.
extern "C" p5::SequenceModel* p5_torch_make_t5(const p5::T5Spec* spec, std::uint64_t seed,
                                               const p5::DeviceOptions* device) {
  return new p5::T5TorchModel(*spec, seed, *device);
}

extern "C" p5::SequenceModel* p5_torch_load_t5(const char* folder, const p5::DeviceOptions* device) {
  return p5::T5TorchModel::load(folder, *device).release();
}
