#include "t5/attention_prefix.h"

namespace p5 {

std::optional<std::int64_t> prefix_slot(const T5Spec& spec, PrefixPlace place, std::int64_t block) {
  if (prefix_keys(spec, place) == 0) return std::nullopt;
  if (spec.prefix_decoder_only) return 2 * block % spec.num_decoder_layers;
  switch (place) {
    case PrefixPlace::kEncoder:
      return block;
    case PrefixPlace::kDecoder:
      return spec.num_layers + block;
    case PrefixPlace::kCross:
      break;
  }
  return spec.num_layers + spec.num_decoder_layers + block;
}

std::int64_t prefix_width(const T5Spec& spec) {
  const std::int64_t slots =
      spec.prefix_decoder_only ? spec.num_decoder_layers : spec.num_layers + 2 * spec.num_decoder_layers;
  return 2 * slots * spec.num_heads * spec.d_kv;
}

std::int64_t prefix_keys(const T5Spec& spec, PrefixPlace place) {
  return spec.prefix_decoder_only && place != PrefixPlace::kDecoder ? 0 : spec.prefix_tokens;
}

}  // namespace p5
