#include "t5/adapted_spec.h"

namespace p5 {

T5Spec adapted_spec(const AdapterOptions& options, T5Spec spec) {
  using Method = AdapterOptions::Method;
  if (options.method == Method::kPrompt) spec.prompt_tokens = options.prompt_tokens;
  if (options.method == Method::kPrefix) {
    spec.prefix_tokens = options.prompt_tokens;
    spec.prefix_decoder_only = options.prefix_places == AdapterOptions::PrefixPlaces::kDecoder;
  }
  if (options.method == Method::kBias) spec.sub_layer_biases = true;
  if (options.method == Method::kHoulsby || options.method == Method::kPfeiffer) {
    spec.adapter_width = options.width;
    spec.adapter_after_attention = options.method == Method::kHoulsby;
  }
  return spec;
}

}  // namespace p5
