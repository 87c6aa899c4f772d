// What the trainer needs from a model, whatever its architecture: an ability of the models that make_sequence_model()
// returns, in libp5_torch.so. Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "text/token_batch.h"

namespace p5 {

struct TrainingLoss {
  // Scalar float32 with its graph: sum over kept target tokens of weight(row) * NLL, divided by `tokens`.
  torch::Tensor mean;
  // [rows] float32, detached, on the device: mean NLL of each row's kept target tokens, without the row's weight.
  torch::Tensor rows;
  // Sum over rows of weight * kept target tokens: the relative weight of micro-batches and ranks.
  double tokens = 0;
  std::int64_t padded_tokens = 0;  // of sources and targets, as the model computed them
};

// The same numbers on the host.
struct TrainingPass {
  double mean = 0;
  std::vector<float> rows;
  double tokens = 0;
  std::int64_t padded_tokens = 0;
};
// Waits for the device.
TrainingPass pass_of(const TrainingLoss& loss);

class TrainableModel {
 public:
  static constexpr const char* kWhat = "be trained";
  virtual ~TrainableModel() = default;
  // module().parameters() are what an optimizer holds; module().train() and eval() switch dropout. After changing
  // weights, call module() or training_loss() before the model answers again; otherwise it may use weights that it
  // packed earlier.
  virtual torch::nn::Module& module() = 0;
  virtual torch::Device torch_device() const = 0;
  // Of a parameter's learning rate at `progress` of the training, from 0 to 1; 0: it is not trained yet.
  virtual double learning_rate_share(const std::string& /*parameter*/, double /*progress*/) const { return 1.0; }
  // The rows of this parameter in all processes together, where each has a part of them (train/sharded_rows_module.h);
  // 0: every process has the whole parameter.
  virtual std::int64_t sharded_rows(const std::string& /*parameter*/) const { return 0; }
  // In the mode (train or eval) of the module. Dropout draws from torch's default CPU generator (on a CUDA device, from
  // that device's). Throws InvalidArgument (request) for a batch without targets or with ids out of range.
  virtual TrainingLoss training_loss(const TokenBatch& batch) = 0;
  // One forward and one backward pass: adds the gradient of tokens * mean to that of the parameters. With `bfloat16`
  // the products of the forward pass, and so of the backward one, are of that type (nn/autocast_module.h).
  virtual TrainingPass add_gradients(const TokenBatch& batch, bool bfloat16);
};

}  // namespace p5
