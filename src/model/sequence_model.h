// The torch-free handle of a sequence-to-sequence model. On the CPU trained weights answer without libtorch
// (t5/t5_cpu_model.h); for training and for GPUs the body lives behind the wall in libp5_torch.so, which is
// loaded at the first use. One object serves one caller at a time; replica() gives every further caller one of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "decode/next_token_scorer.h"
#include "model/model_spec.h"
#include "text/token_batch.h"

namespace p5 {

struct LogitsResult {
  double loss = 0.0;                  // mean cross entropy over kept target tokens
  std::vector<float> logits;          // [rows, target_length, vocab]
  std::vector<float> encoder_states;  // [rows, source_length, d_model]
};

class SequenceModel {
 public:
  virtual ~SequenceModel() = default;
  virtual const ModelSpec& spec() const = 0;
  virtual std::string device() const = 0;
  // Encodes the sources once, in evaluation mode; the scorer must not outlive the model.
  virtual std::unique_ptr<NextTokenScorer> start(const TokenBatch& sources) = 0;
  // Evaluation mode. The decoder reads batch.decoder_input, or the target shifted right behind the start token.
  virtual LogitsResult logits(const TokenBatch& batch) = 0;
  // Log-probability of each row's whole target, [rows], evaluation mode.
  virtual std::vector<float> score_targets(const TokenBatch& batch) = 0;
  // config.json and model.safetensors in Hugging Face's layout.
  virtual void save(const std::filesystem::path& folder) const = 0;
  // Another handle on the same weights, with working memory and threads of its own, for one more caller; it may outlive
  // this one. Several threads may ask for replicas at once while nobody trains the weights or changes them.
  virtual std::unique_ptr<SequenceModel> replica() const = 0;
};

}  // namespace p5
