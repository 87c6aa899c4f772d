#include "model/trainable_module.h"

#include "nn/autocast_module.h"

namespace p5 {

TrainingPass pass_of(const TrainingLoss& loss) {
  const torch::Tensor numbers = torch::cat({loss.mean.detach().reshape({1}), loss.rows}).cpu();  // one wait per batch
  const float* values = numbers.data_ptr<float>();
  return {.mean = values[0],
          .rows = {values + 1, values + numbers.numel()},
          .tokens = loss.tokens,
          .padded_tokens = loss.padded_tokens};
}

TrainingPass TrainableModel::add_gradients(const TokenBatch& batch, bool bfloat16) {
  const TrainingLoss loss = [&] {
    const AutocastScope products(torch_device(), bfloat16);
    return training_loss(batch);
  }();
  loss.mean.backward(torch::full_like(loss.mean, loss.tokens));
  return pass_of(loss);
}

}  // namespace p5
