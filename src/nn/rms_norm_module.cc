#include "nn/rms_norm_module.h"

#include <torch/version.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "nn/layer_team.h"
#include "nn/row_kernels.h"

namespace p5 {
namespace {

struct NormResult {
  torch::Tensor output;   // as the input
  torch::Tensor inverse;  // [rows, 1]: 1 / root mean square
};

// One pass over memory that stays in cache, where the general operators would take five.
NormResult norm_on_cpu(const torch::Tensor& input, const torch::Tensor& weight, double epsilon) {
  const std::int64_t width = input.size(1);
  NormResult result{torch::empty_like(input), torch::empty({input.size(0), 1}, input.options())};
  const float* x = input.data_ptr<float>();
  const float* w = weight.data_ptr<float>();
  float* y = result.output.data_ptr<float>();
  float* inverse = result.inverse.data_ptr<float>();
  constexpr std::int64_t kRows = 256;
  const std::int64_t rows = input.size(0);
  for_each_on_team((rows + kRows - 1) / kRows, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * kRows;
    norm_rows({w, width, static_cast<float>(epsilon)}, x + begin * width, std::min(kRows, rows - begin),
              y + begin * width, inverse + begin);
  });
  return result;
}

NormResult norm(const torch::Tensor& input, const torch::Tensor& weight, double epsilon) {
  if (input.is_cpu() && input.scalar_type() == torch::kFloat) return norm_on_cpu(input, weight, epsilon);
  NormResult result;
  result.inverse = torch::rsqrt(input.square().mean(-1, true) + epsilon);
  result.output = input * result.inverse * weight;
  return result;
}

// With h = x * inverse and s = grad * weight: dx = inverse * (s - h * mean(s * h)), dweight = sum over rows (grad * h).
class RmsNormFunction : public torch::autograd::Function<RmsNormFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& input,
                               const torch::Tensor& weight, double epsilon) {
    NormResult result = norm(input, weight, epsilon);
    context->save_for_backward({input, weight, result.inverse});
    return result.output;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor normed = saved[0] * saved[2];
    const torch::Tensor& gradient = gradients[0];
    const torch::Tensor weight_gradient = (gradient * normed).sum(0);
    torch::Tensor scaled = gradient * saved[1];
    const torch::Tensor shared = (scaled * normed).mean(-1, true);
    scaled.sub_(normed * shared).mul_(saved[2]);
    return {scaled, weight_gradient, torch::Tensor()};
  }
};

// LibTorch 2.9 has one GPU kernel for the norm and one for its gradient.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
constexpr bool kHasFusedNorm = true;
torch::Tensor fused_norm_on_gpu(const torch::Tensor& states, const torch::Tensor& weight, double epsilon) {
  return at::rms_norm(states, {states.size(-1)}, weight, epsilon);
}
#else
constexpr bool kHasFusedNorm = false;
torch::Tensor fused_norm_on_gpu(const torch::Tensor&, const torch::Tensor&, double) { return {}; }
#endif

}  // namespace

RmsNormModule::RmsNormModule(std::int64_t width, double epsilon) : epsilon_(epsilon) {
  weight_ = register_parameter("weight", torch::ones({width}));
}

torch::Tensor RmsNormModule::forward(const torch::Tensor& states) {
  if (kHasFusedNorm && states.is_cuda()) return fused_norm_on_gpu(states, weight_, epsilon_);
  const torch::Tensor rows = states.reshape({-1, states.size(-1)}).contiguous();
  const torch::Tensor output = torch::GradMode::is_enabled() ? RmsNormFunction::apply(rows, weight_, epsilon_)
                                                             : norm(rows, weight_, epsilon_).output;
  return output.view(states.sizes());
}

}  // namespace p5
