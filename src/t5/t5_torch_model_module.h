// A T5 model with its weights on one device, for training, or for evaluation on a GPU. On the CPU it searches without
// libtorch (t5/t5_engine.h). One object serves one caller at a time. Every public function maps c10::Error to p5::Error
// (torch_guard_module.h).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/adapter_taker.h"
#include "model/device_options.h"
#include "model/logits_reader.h"
#include "model/sequence_model.h"
#include "model/text_generator.h"
#include "model/token_vector_taker.h"
#include "model/trainable_module.h"
#include "model/weight_taker.h"
#include "t5/device_trie_module.h"
#include "t5/engine_search.h"
#include "t5/graphed_pass_module.h"
#include "t5/t5_adapter_module.h"
#include "t5/t5_module.h"
#include "t5/t5_trie_search_module.h"

namespace p5 {

class T5TorchModel final : public SequenceModel,
                           public TextGenerator,
                           public LogitsReader,
                           public TrainableModel,
                           public WeightTaker,
                           public TokenVectorTaker,
                           public AdapterTaker {
 public:
  // Fresh weights, T5's initialisation; equal seeds give equal weights on every device.
  T5TorchModel(const T5Spec& spec, std::uint64_t seed, const DeviceOptions& device);
  // Weights and config.json of a folder. Throws Corrupted or NotFound (model).
  static std::unique_ptr<T5TorchModel> load(const std::filesystem::path& folder, const DeviceOptions& device);

  const T5Spec& spec() const override { return spec_; }
  std::string device() const override;
  std::unique_ptr<NextTokenScorer> start(const TokenBatch& sources) override;
  LogitsResult logits(const TokenBatch& batch) override;
  std::vector<float> score_targets(const TokenBatch& batch) override;
  std::size_t sources_at_once() const override { return device_.is_cpu() ? TextGenerator::sources_at_once() : 1024; }
  void save(const std::filesystem::path& folder) const override;
  // Shares the module. Training it trains all replicas, which must not be used meanwhile.
  std::unique_ptr<SequenceModel> replica() const override;

  void take_weights(const std::filesystem::path& folder, std::span<const std::int32_t> source_rows = {}) override;

  void take_token_vectors(std::span<const TokenId> tokens, std::span<const float> vectors) override;

  T5Module& module() override {
    search_.reset();
    return *module_;
  }
  void adapt(const AdapterOptions& options, const AdapterBase& base) override;
  Size adapter_size() const override;

  torch::Device torch_device() const override { return device_; }
  double learning_rate_share(const std::string& parameter, double progress) const override;
  TrainingLoss training_loss(const TokenBatch& batch) override;
  TrainingPass add_gradients(const TokenBatch& batch, bool bfloat16) override;

 private:
  T5TorchModel(const T5Spec& spec, torch::Device device, MatrixPrecision precision, std::shared_ptr<T5Module> module);
  EngineSearch& search();

  T5Spec spec_;
  torch::Device device_;
  MatrixPrecision precision_;  // of all products on the CPU
  std::shared_ptr<T5Module> module_;
  std::shared_ptr<DeviceTrieCache> tries_ = std::make_shared<DeviceTrieCache>();  // of all replicas
  std::shared_ptr<RecordedSearches> recorded_;  // of this one; on a GPU, from the first start() on
  std::shared_ptr<const T5Adapter> adapter_;    // null where all weights are trained
  std::unique_ptr<GraphedPasses> passes_;       // on a GPU, from the first add_gradients() on
  std::optional<EngineSearch> search_;          // over the present weights; on the CPU, from the first start() on
};

}  // namespace p5
