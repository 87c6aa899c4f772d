// The torch-free handle of a sequence-to-sequence model. On the CPU trained weights answer without libtorch
// (model/cpu_sequence_model.h); for training and for GPUs the body lives behind the wall in libp5_torch.so, which is
// loaded at the first use. One object serves one caller at a time; replica() gives every further caller one of its own.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
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

struct DeviceOptions {
  std::string device = "auto";  // auto | cpu | cuda | cuda:<n>
  std::int64_t threads = 0;     // CPU threads; 0 = all
  // How exact CPU products on matrix tiles are, in the words of torch.set_float32_matmul_precision; see
  // nn/matrix_product.h. Machines without tiles are always exact.
  std::string matmul = "highest";  // highest | high | medium
};

// For rows of option tables that set DeviceOptions::matmul.
inline constexpr std::array<const char*, 3> kMatmulWords = {"highest", "high", "medium"};
inline constexpr const char* kMatmulHelp =
    "precision of CPU products where matrix tiles are: highest (float32), high (16 bits) or medium (8 bits)";

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
  // config.json and model.safetensors in Hugging Face's layout, plus P5's whole-word table.
  virtual void save(const std::filesystem::path& folder) const = 0;
  // Another handle on the same weights, with working memory and threads of its own, for one more caller; it may outlive
  // this one. Several threads may ask for replicas at once while nobody trains the weights or changes them.
  virtual std::unique_ptr<SequenceModel> replica() const = 0;
};

// Fresh weights from `seed` (T5's initialisation), ready to be trained. Loads libp5_torch.so; throws Unavailable
// (system) when it or the device is missing.
std::unique_ptr<SequenceModel> make_sequence_model(const ModelSpec& spec, std::uint64_t seed,
                                                   const DeviceOptions& device);
// Weights from a folder, to be asked, not trained. Loads libp5_torch.so only for another device than the CPU ("auto" is
// the CPU where no NVIDIA driver is); throws as above, Corrupted (model) for bad files.
std::unique_ptr<SequenceModel> load_sequence_model(const std::filesystem::path& folder, const DeviceOptions& device);

}  // namespace p5
