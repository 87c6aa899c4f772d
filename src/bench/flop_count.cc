#include "bench/flop_count.h"

namespace p5 {
namespace {

// Operations per position in one block, by part.
struct BlockCost {
  explicit BlockCost(const T5Spec& spec) {
    const auto d = static_cast<double>(spec.d_model);
    const auto a = static_cast<double>(spec.num_heads * spec.d_kv);
    const auto f = static_cast<double>(spec.d_ff);
    projection = 2 * d * a;
    feed_forward = 2 * (spec.feed_forward_proj.starts_with("gated") ? 3 : 2) * d * f;
    product = 4 * a;
  }
  double projection;    // one of q, k, v, o
  double feed_forward;  // all its matrices
  double product;       // score and weighted value of one attended position
};

double encoder_flops(const T5Spec& spec, double rows, double source) {
  const BlockCost cost(spec);
  const double position = 4 * cost.projection + cost.feed_forward + source * cost.product;
  return static_cast<double>(spec.num_layers) * rows * source * position;
}

double cross_memory_flops(const T5Spec& spec, double rows, double source) {
  return static_cast<double>(spec.num_decoder_layers) * rows * source * 2 * BlockCost(spec).projection;
}

// `positions` of the decoder that attend to `own` positions of their own row and to `source` positions of the encoder.
double decoder_flops(const T5Spec& spec, double positions, double own, double source) {
  const BlockCost cost(spec);
  const double position = 6 * cost.projection + cost.feed_forward + (own + source) * cost.product;
  return static_cast<double>(spec.num_decoder_layers) * positions * position;
}

}  // namespace

double forward_flops(const T5Spec& spec, const BatchShape& shape) {
  const auto rows = static_cast<double>(shape.rows), source = static_cast<double>(shape.source),
             target = static_cast<double>(shape.target);
  return encoder_flops(spec, rows, source) + cross_memory_flops(spec, rows, source) +
         decoder_flops(spec, rows * target, target, source) +
         rows * target * 2 * static_cast<double>(spec.d_model) * static_cast<double>(spec.vocab_size);
}

double training_flops(const T5Spec& spec, const BatchShape& shape) { return 3 * forward_flops(spec, shape); }

double search_flops(const T5Spec& spec, std::int64_t sources, std::int64_t source, std::span<const SearchStep> steps) {
  const auto rows = static_cast<double>(sources), length = static_cast<double>(source);
  double flops = encoder_flops(spec, rows, length) + cross_memory_flops(spec, rows, length);
  double own = 0;
  for (const SearchStep& step : steps) {
    own += 1;
    flops += decoder_flops(spec, static_cast<double>(step.rows), own, length) +
             2 * static_cast<double>(spec.d_model) * static_cast<double>(step.allowed);
  }
  return flops;
}

}  // namespace p5
