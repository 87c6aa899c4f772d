#include "bench/softmax_bench.h"

#include <torch/torch.h>

#include "bench/measure.h"
#include "model/torch_device_module.h"
#include "model/torch_guard_module.h"
#include "nn/fused_layers_module.h"

namespace p5 {
namespace {

torch::Tensor eager_losses(const torch::Tensor& states, const torch::Tensor& output, const torch::Tensor& labels) {
  return torch::nll_loss(torch::linear(states, output).log_softmax(-1), labels, {}, at::Reduction::None);
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
    seconds(fused_cross_entropy);  // warms up
    seconds(eager_losses);
    for (std::int64_t round = 0; round < options.rounds; ++round) {
      times.fused.push_back(seconds(fused_cross_entropy));
      times.eager.push_back(seconds(eager_losses));
    }
  });
}

}  // namespace p5
