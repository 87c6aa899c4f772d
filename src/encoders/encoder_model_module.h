// An encoder that can be trained and asked. One object serves one caller at a time in training; encode() may be called
// by several threads while nobody trains. Every public function maps c10::Error to p5::Error.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "encoders/compact_batch.h"
#include "encoders/encoder_module.h"
#include "encoders/encoder_spec.h"
#include "encoders/item_encoder.h"
#include "encoders/objective_module.h"
#include "model/trainable_module.h"
#include "nn/matrix_product.h"

namespace p5 {

class EncoderModel final : public SequenceModel, public TrainableModel, public ItemEncoder {
 public:
  EncoderModel(const EncoderSpec& spec, const DeviceOptions& device);

  const EncoderSpec& spec() const override { return spec_; }
  std::string device() const override { return "cpu"; }
  void save(const std::filesystem::path& folder) const override;
  // Shares the module.
  std::unique_ptr<SequenceModel> replica() const override;

  EncoderModule& module() override {
    forget();
    return *module_;
  }
  torch::Device torch_device() const override { return torch::kCPU; }
  std::int64_t sharded_rows(const std::string& parameter) const override;
  // Of the objective that the batch names by its number in the mix, times the weight of the batch's rows.
  TrainingLoss training_loss(const TokenBatch& batch) override;

  std::vector<float> encode(const TokenBatch& histories) const override;
  ItemTables tables() const override;
  void gather_items() override;
  std::vector<NamedValues> weights() const override;
  void set_weights(std::span<const NamedValues> weights) override;

 private:
  // The vectors of all tokens for answers, made when they are first needed.
  struct AnswerVectors {
    std::mutex making;
    torch::Tensor vectors;  // undefined: not made since the weights changed
  };
  EncoderModel(const EncoderModel&) = default;
  torch::Tensor answer_vectors() const;
  ItemTables own_tables() const;
  // By the vectors of all tokens, or of those of the batch alone where that is enough.
  ObjectiveLosses losses_of(const TokenBatch& batch);
  bool is_compact(const TokenBatch& batch) const;
  void forget() const;

  EncoderSpec spec_;
  MatrixPrecision precision_;
  std::shared_ptr<EncoderModule> module_;
  std::shared_ptr<AnswerVectors> answers_ = std::make_shared<AnswerVectors>();  // of all replicas
  torch::Tensor chances_;                      // [items] of the sampled softmax's draws; undefined without
  EncoderSpec compact_spec_;                   // without facts of items
  std::shared_ptr<BatchCompactor> compactor_;  // null: steps read the vectors of all tokens
};

}  // namespace p5
