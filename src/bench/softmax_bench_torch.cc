#include "bench/softmax_bench.h"

#include <torch/torch.h>

#include "bench/measure.h"
#include "model/torch_device_module.h"
#include "nn/fused_layers_module.h"
#include "nn/torch_guard_module.h"

namespace p5 {
namespace {

torch::Tensor eager_losses(const torch::Tensor& states, const torch::Tensor& output, const torch::Tensor& labels) {
  return torch::nll_loss(torch::linear(states, output).log_softmax(-1), labels, {}, at::Reduction::None);
}

// As evidence of neighbors: `known` distinct tokens per position, with an even part of .3 of the target.
SparseLogits random_evidence(const SoftmaxBenchOptions& options) {
  SparseLogits sparse;
  sparse.offsets = torch::arange(0, options.rows * options.known + 1, options.known, torch::kLong);
  const std::int64_t step = options.vocab / options.known;
  const torch::Tensor first = torch::randint(0, step, {options.rows, 1}, torch::kLong);
  sparse.columns = (first + torch::arange(0, options.known, torch::kLong) * step).flatten();
  sparse.bias = torch::rand({options.rows * options.known}).requires_grad_(true);
  sparse.shares = torch::full({options.rows * options.known}, 0.3 / static_cast<double>(options.known));
  return sparse;
}

torch::Tensor eager_losses(const torch::Tensor& states, const torch::Tensor& output, const torch::Tensor& labels,
                           const SparseLogits& sparse, std::int64_t known) {
  const torch::Tensor columns = sparse.columns.view({-1, known});
  const torch::Tensor logits = torch::linear(states, output).scatter_add(1, columns, sparse.bias.view({-1, known}));
  const torch::Tensor log = logits.log_softmax(-1);
  return 0.7 * torch::nll_loss(log, labels, {}, at::Reduction::None) -
         (log.gather(1, columns) * sparse.shares.view({-1, known})).sum(1);
}

}  // namespace

extern "C" void p5_torch_time_softmax(const SoftmaxBenchOptions& options, SoftmaxTimes& times) {
  with_torch_errors([&] {
    open_device({.device = "cpu", .threads = options.threads});
    torch::manual_seed(2022);
    torch::Tensor states = torch::randn({options.rows, options.width}).requires_grad_(true);
    torch::Tensor output = torch::randn({options.vocab, options.width}).mul_(0.1).requires_grad_(true);
    const torch::Tensor labels = torch::randint(0, options.vocab, {options.rows}, torch::kLong);
    const auto seconds = [&](const auto& losses) {
      const auto start = BenchClock::now();
      losses(states, output, labels).mean().backward();
      const double taken = seconds_since(start);
      states.mutable_grad().reset();
      output.mutable_grad().reset();
      return taken;
    };
    SparseLogits evidence;
    if (options.known > 0) evidence = random_evidence(options);
    const auto fused = [&](const auto&... given) {
      return options.known > 0 ? cross_entropy(given..., evidence) : fused_cross_entropy(given...);
    };
    const auto eager = [&](const auto&... given) {
      return options.known > 0 ? eager_losses(given..., evidence, options.known) : eager_losses(given...);
    };
    seconds(fused);  // warms up
    seconds(eager);
    for (std::int64_t round = 0; round < options.rounds; ++round) {
      times.fused.push_back(seconds(fused));
      times.eager.push_back(seconds(eager));
    }
  });
}

}  // namespace p5
