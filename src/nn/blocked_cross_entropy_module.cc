#include "nn/blocked_cross_entropy_module.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "nn/autocast_module.h"

namespace p5 {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

torch::Tensor part(const torch::Tensor& rows, std::int64_t begin, std::int64_t count) {
  return rows.defined() ? rows.narrow(0, begin, count) : rows;
}

// The labels [begin, begin + count) and their losses; afterwards, turned into the gradient of their logits.
class Block {
 public:
  Block(const torch::Tensor& logits, const torch::Tensor& labels, const LabelWorld& world)
      : logits_(logits), labels_(labels.unsqueeze(1)), world_(world) {
    if (world.set.defined()) logits_.masked_fill_(world.closed.index_select(0, world.set), kNever);
    if (world.columns.defined()) logits_.scatter_add_(1, world.columns, world.bias);
  }

  torch::Tensor losses() {
    log_sum_ = logits_.logsumexp(-1, /*keepdim=*/true);
    torch::Tensor expected = logits_.gather(1, labels_).squeeze(1);
    if (world_.columns.defined()) {
      label_share_ = 1.0 - world_.shares.sum(1);
      // Tokens outside the set have no share, and their score times 0 would not be a number.
      const torch::Tensor known = logits_.gather(1, world_.columns);
      expected = expected * label_share_ +
                 torch::where(world_.shares.gt(0), known * world_.shares, torch::zeros_like(known)).sum(1);
    }
    return log_sum_.squeeze(1) - expected;
  }

  // weight * (softmax - target), in the place of the logits.
  torch::Tensor gradient(const torch::Tensor& weights) {
    logits_.sub_(log_sum_).exp_();
    if (world_.columns.defined()) {
      logits_.scatter_add_(1, world_.columns, world_.shares.neg());
      logits_.scatter_add_(1, labels_, label_share_.neg().unsqueeze(1));
    } else {
      logits_.scatter_add_(1, labels_, torch::full_like(labels_, -1.0, logits_.options()));
    }
    return logits_.mul_(weights.unsqueeze(1));
  }

 private:
  torch::Tensor logits_, labels_, log_sum_, label_share_;
  const LabelWorld& world_;
};

class BlockedCrossEntropy : public torch::autograd::Function<BlockedCrossEntropy> {
 public:
  static torch::autograd::tensor_list forward(torch::autograd::AutogradContext* context, const torch::Tensor& states,
                                              const torch::Tensor& output, const torch::Tensor& labels,
                                              const torch::Tensor& weights, const torch::Tensor& bias,
                                              const torch::Tensor& set, const torch::Tensor& closed,
                                              const torch::Tensor& columns, const torch::Tensor& shares,
                                              bool wants_gradient, std::int64_t block) {
    const auto defined = [](const torch::Tensor& tensor) { return tensor.numel() > 0 ? tensor : torch::Tensor(); };
    const LabelWorld world{defined(set), defined(closed), defined(columns), defined(bias), defined(shares)};
    const std::int64_t count = states.size(0), tokens = output.size(0);
    const bool half = autocast_is_on(states.device());
    const auto type = half ? torch::kBFloat16 : torch::kFloat;
    const torch::Tensor rows = states.to(type), table = output.to(type);
    torch::Tensor losses = torch::empty({count}, weights.options());
    std::vector<torch::Tensor> states_gradient, bias_gradient;
    torch::Tensor output_gradient;
    const std::int64_t step = std::max<std::int64_t>(1, block / tokens);
    for (std::int64_t begin = 0; begin < count; begin += step) {
      const std::int64_t size = std::min(step, count - begin);
      const LabelWorld here{part(world.set, begin, size), world.closed, part(world.columns, begin, size),
                            part(world.bias, begin, size), part(world.shares, begin, size)};
      const torch::Tensor asked = rows.narrow(0, begin, size);
      Block scores(torch::mm(asked, table.t()).to(torch::kFloat), labels.narrow(0, begin, size), here);
      losses.narrow(0, begin, size).copy_(scores.losses());
      if (!wants_gradient) continue;
      const torch::Tensor gradient = scores.gradient(weights.narrow(0, begin, size));
      if (here.columns.defined()) bias_gradient.push_back(gradient.gather(1, here.columns));
      const torch::Tensor factor = gradient.to(type);
      states_gradient.push_back(torch::mm(factor, table));
      const torch::Tensor of_output = torch::mm(factor.t(), asked).to(torch::kFloat);
      output_gradient = output_gradient.defined() ? output_gradient.add_(of_output) : of_output;
    }
    if (wants_gradient) {
      context->save_for_backward({torch::cat(states_gradient).to(states.scalar_type()), output_gradient,
                                  bias_gradient.empty() ? torch::Tensor() : torch::cat(bias_gradient)});
    }
    context->mark_non_differentiable({losses});
    return {losses.dot(weights), losses};
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto scaled = [&](const torch::Tensor& tensor) {
      return tensor.defined() ? tensor * gradients[0] : torch::Tensor();
    };
    torch::autograd::tensor_list result(11);
    result[0] = scaled(saved[0]);
    result[1] = scaled(saved[1]);
    result[4] = scaled(saved[2]);
    return result;
  }
};

}  // namespace

WeightedLoss blocked_cross_entropy(const torch::Tensor& states, const torch::Tensor& output,
                                   const torch::Tensor& labels, const torch::Tensor& weights, const LabelWorld& world,
                                   std::int64_t block) {
  const auto or_empty = [&](const torch::Tensor& tensor) {
    return tensor.defined() ? tensor : torch::empty({0}, weights.options());
  };
  const auto result = BlockedCrossEntropy::apply(states, output, labels, weights, or_empty(world.bias),
                                                 or_empty(world.set), or_empty(world.closed), or_empty(world.columns),
                                                 or_empty(world.shares), torch::GradMode::is_enabled(), block);
  return {result[0], result[1]};
}

}  // namespace p5
