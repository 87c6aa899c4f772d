// A T5 model with its weights on one device: the body of SequenceModel, and what the trainer holds.
// On the CPU it searches without libtorch (model/t5_engine.h). One object serves one caller at a time. Every public
// function maps c10::Error to p5::Error (torch_guard_module.h).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/engine_search.h"
#include "model/sequence_model.h"
#include "model/t5_module.h"

namespace p5 {

struct TrainingLoss {
  // Scalar float32 with its graph: sum over kept target tokens of weight(row) * NLL, divided by `tokens`.
  torch::Tensor mean;
  // [rows] float32, detached, on the device: mean NLL of each row's kept target tokens, without the row's weight.
  torch::Tensor rows;
  // Sum over rows of weight * kept target tokens. Weighs micro-batches and ranks against each other.
  double tokens = 0;
  std::int64_t padded_tokens = 0;  // of sources and targets, as the model worked on them
};

class TorchSequenceModel final : public SequenceModel {
 public:
  // Fresh weights, T5's initialisation; equal seeds give equal weights on every device.
  TorchSequenceModel(const ModelSpec& spec, std::uint64_t seed, const DeviceOptions& device);
  // Weights and config.json of a folder. Throws Corrupted or NotFound (model).
  static std::unique_ptr<TorchSequenceModel> load(const std::filesystem::path& folder, const DeviceOptions& device);

  const ModelSpec& spec() const override { return spec_; }
  std::string device() const override;
  std::unique_ptr<NextTokenScorer> start(const TokenBatch& sources) override;
  LogitsResult logits(const TokenBatch& batch) override;
  std::vector<float> score_targets(const TokenBatch& batch) override;
  void save(const std::filesystem::path& folder) const override;
  // Shares the module. Who trains it trains all replicas, which must not be asked meanwhile.
  std::unique_ptr<SequenceModel> replica() const override;

  // Replaces the weights in place by those of `folder`, whose spec must be this one; optimisers keep their tensors.
  void load_weights(const std::filesystem::path& folder);

  // module().parameters() are what an optimiser holds; module().train() and eval() switch dropout. Whoever changes
  // weights asks for the module, or for a training_loss(), before the next start(), which else takes them as packed.
  T5Module& module() {
    search_.reset();
    return *module_;
  }
  torch::Device torch_device() const { return device_; }

  // In the mode (train or eval) that the module stands in. Dropout draws from torch's default CPU generator (on a CUDA
  // device, from that device's). Throws InvalidArgument (request) for a batch without targets or with ids out of range.
  TrainingLoss training_loss(const TokenBatch& batch);

 private:
  TorchSequenceModel(const ModelSpec& spec, torch::Device device, std::shared_ptr<T5Module> module);
  EngineSearch& search();

  ModelSpec spec_;
  torch::Device device_;
  std::shared_ptr<T5Module> module_;
  std::optional<EngineSearch> search_;  // over the weights as they are; on the CPU, from the first start() on
};

// Sets CPU threads and finds the device. Throws InvalidArgument for a bad name, Unavailable (system) for a missing GPU.
torch::Device open_device(const DeviceOptions& options);

}  // namespace p5
