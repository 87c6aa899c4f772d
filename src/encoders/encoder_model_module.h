// An encoder with its tables: item vectors, the network, the factors of evidence. One object serves one caller at a
// time in training; encode() may be called by several threads while nobody trains. Every public function maps
// c10::Error to p5::Error.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "encoders/encoder_network_module.h"
#include "encoders/encoder_spec.h"
#include "encoders/item_encoder.h"
#include "model/trainable_module.h"
#include "nn/fused_layers_module.h"
#include "nn/matrix_product.h"

namespace p5 {

class EncoderModule final : public torch::nn::Module {
 public:
  explicit EncoderModule(const EncoderSpec& spec);

  // Fresh weights; equal seeds give equal ones.
  void initialize(const EncoderSpec& spec);
  // [vocabulary, width]: an item's own vector plus the mean of its attributes' vectors. Tokens as EncoderSpec has them.
  torch::Tensor token_vectors() const;
  // tokens [rows, length] int64, kept [rows, length] float32; vectors as token_vectors().
  EncoderStates forward(const torch::Tensor& tokens, const torch::Tensor& kept, const torch::Tensor& vectors);

  torch::Tensor by_age;  // [ages]; undefined without
  torch::Tensor gate;    // [1]; undefined without

 private:
  torch::Tensor items_;       // [vocabulary, width]
  torch::Tensor attributes_;  // [attributes, width]; undefined without
  torch::Tensor norm_weight_, norm_bias_;
  std::shared_ptr<EncoderNetwork> network_;
  torch::Tensor attribute_values_, attribute_begins_;  // bags of the vocabulary
};

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
  TrainingLoss training_loss(const TokenBatch& batch) override;

  std::vector<float> encode(const TokenBatch& histories) const override;
  ItemTables tables() const override;
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
  void forget() const;
  // Of the kept targets, whose places in the batch are `kept`.
  SparseLogits sparse_logits(const TokenEvidence& evidence, const std::vector<std::int64_t>& kept) const;

  EncoderSpec spec_;
  MatrixPrecision precision_;
  std::shared_ptr<EncoderModule> module_;
  std::shared_ptr<AnswerVectors> answers_ = std::make_shared<AnswerVectors>();  // of all replicas
  torch::Tensor log_draw_;
};

}  // namespace p5
