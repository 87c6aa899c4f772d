#include "nn/autocast_module.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace p5 {
namespace {

// LibTorch 2.4 introduced one function for all devices; later versions removed the two others.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
void set_autocast(bool on_cpu, bool enabled) {
  const auto device = on_cpu ? at::kCPU : at::kCUDA;
  at::autocast::set_autocast_dtype(device, at::kBFloat16);
  at::autocast::set_autocast_enabled(device, enabled);
}
bool enabled_on(bool on_cpu) { return at::autocast::is_autocast_enabled(on_cpu ? at::kCPU : at::kCUDA); }
#else
void set_autocast(bool on_cpu, bool enabled) {
  if (on_cpu) {
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    return at::autocast::set_cpu_enabled(enabled);
  }
  at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
  at::autocast::set_enabled(enabled);
}
bool enabled_on(bool on_cpu) { return on_cpu ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled(); }
#endif

}  // namespace

AutocastScope::AutocastScope(const torch::Device& device, bool wanted) : wanted_(wanted), on_cpu_(device.is_cpu()) {
  if (!wanted_) return;
  at::autocast::increment_nesting();
  set_autocast(on_cpu_, true);
}

AutocastScope::~AutocastScope() {
  if (!wanted_) return;
  set_autocast(on_cpu_, false);
  // Cast weights are cached for their other uses within the scope; after it the weights change.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
}

bool autocast_is_on(const torch::Device& device) { return enabled_on(device.is_cpu()); }

torch::Tensor sum_of(torch::Tensor terms, const torch::Tensor& more) {
  return terms.scalar_type() == more.scalar_type() ? terms.add_(more) : terms + more;
}

}  // namespace p5
