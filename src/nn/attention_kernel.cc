#include "nn/attention_kernel.h"

#include <algorithm>

namespace p5 {
namespace {

std::size_t size_of(std::int64_t rows, std::int64_t columns) { return static_cast<std::size_t>(rows * columns); }

}  // namespace

// Where one head of one sequence stands in the projections.
struct AttentionKernel::Head {
  ConstMatrix query, key, value;                        // [queries or keys, d_kv]
  Matrix mixed;                                         // [queries, d_kv]
  const float* mixed_gradient = nullptr;                // as mixed
  Matrix query_gradient, key_gradient, value_gradient;  // as query, key, value
  std::int64_t index = 0;                               // of the head
  const float* bias = nullptr;                          // [queries, keys]
  const float* hidden = nullptr;                        // [keys]
  DropoutKey key_of_weights;
};

AttentionKernel::AttentionKernel(const AttentionWeights& weights, Passes passes) : weights_(weights) {
  const std::int64_t d_model = weights.d_model, inner = weights.inner();
  const ConstMatrix query = {weights.query, inner, d_model, d_model};
  const ConstMatrix key_value = {weights.key_value, 2 * inner, d_model, d_model};
  const ConstMatrix output = {weights.output, d_model, inner, inner};
  query_.pack_transposed(query);
  key_value_.pack_transposed(key_value);
  output_.pack_transposed(output);
  if (passes == Passes::kForward) return;
  output_back_.pack(output);
  const GradientPrecisionScope gradient;
  query_back_.pack(query);
  key_value_back_.pack(key_value);
}

DropoutKey AttentionKernel::residual_key(const Chunk& chunk) const {
  return DropoutKey::of(chunk.dropout.probability, chunk.dropout.seed, static_cast<std::uint64_t>(chunk.chunk));
}

AttentionKernel::Head AttentionKernel::head(const Chunk& chunk, std::int64_t sequence, std::int64_t index,
                                            Workspace& space) const {
  const std::int64_t inner = weights_.inner(), width = weights_.d_kv;
  const std::int64_t query_at = sequence * chunk.queries * inner + index * width;
  const std::int64_t key_at = sequence * chunk.keys * 2 * inner + index * width;
  Head head;
  head.query = {space.query.data() + query_at, chunk.queries, width, inner};
  head.key = {space.key_value.data() + key_at, chunk.keys, width, 2 * inner};
  head.value = {space.key_value.data() + key_at + inner, chunk.keys, width, 2 * inner};
  head.mixed = {space.mixed.data() + query_at, chunk.queries, width, inner};
  if (space.mixed_gradient.data() != nullptr) {
    head.mixed_gradient = space.mixed_gradient.data() + query_at;
    head.query_gradient = {space.query_gradient.data() + query_at, chunk.queries, width, inner};
    head.key_gradient = {space.key_value_gradient.data() + key_at, chunk.keys, width, 2 * inner};
    head.value_gradient = {space.key_value_gradient.data() + key_at + inner, chunk.keys, width, 2 * inner};
  }
  head.index = index;
  if (chunk.bias != nullptr) head.bias = chunk.bias + index * chunk.queries * chunk.keys;
  if (chunk.hidden != nullptr) head.hidden = chunk.hidden + sequence * chunk.keys;
  const auto place = static_cast<std::uint64_t>((chunk.chunk * chunk.sequences + sequence) * weights_.heads + index);
  head.key_of_weights = DropoutKey::of(chunk.weight_dropout.probability, chunk.weight_dropout.seed, place);
  return head;
}

// norm(states) into space.normed, queries into space.query, keys and values of the memory into space.key_value.
void AttentionKernel::project(const Chunk& chunk, const float* states, Workspace& space) const {
  const std::int64_t d_model = weights_.d_model, inner = weights_.inner(), rows = chunk.query_rows();
  float* normed = space.normed.resize(size_of(rows, d_model));
  norm_rows({weights_.norm, d_model, weights_.epsilon}, states, rows, normed,
            space.inverse.resize(static_cast<std::size_t>(rows)));
  space.left_states.pack({normed, rows, d_model, d_model});
  multiply(space.left_states, query_, {space.query.resize(size_of(rows, inner)), rows, inner, inner});
  const bool cross = chunk.memory != nullptr;
  if (cross) space.left_memory.pack({chunk.memory, chunk.key_rows(), d_model, d_model});
  multiply(cross ? space.left_memory : space.left_states, key_value_,
           {space.key_value.resize(size_of(chunk.key_rows(), 2 * inner)), chunk.key_rows(), 2 * inner, 2 * inner});
}

const float* AttentionKernel::weigh(const Chunk& chunk, const Head& head, Workspace& space) const {
  const std::int64_t queries = chunk.queries, keys = chunk.keys;
  float* probability = space.probability.resize(size_of(queries, keys));
  space.left_query.pack(head.query);
  space.right_key.pack_transposed(head.key);
  multiply(space.left_query, space.right_key, {probability, queries, keys, keys});
  for (std::int64_t row = 0; row < queries; ++row) {
    softmax_row(probability + row * keys, head.bias == nullptr ? nullptr : head.bias + row * keys, head.hidden, keys);
  }
  if (!head.key_of_weights.active()) return probability;
  float* dropped = space.dropped.resize(size_of(queries, keys));
  drop(probability, dropped, queries * keys, head.key_of_weights);
  return dropped;
}

void AttentionKernel::mix(const Chunk& chunk, const Head& head, const float* weights, Workspace& space) const {
  space.left_scores.pack({weights, chunk.queries, chunk.keys, chunk.keys});
  space.right_value.pack(head.value);
  multiply(space.left_scores, space.right_value, head.mixed);
}

void AttentionKernel::forward(const Chunk& chunk, const float* states, float* to, Workspace& space) const {
  const MatrixSession session;
  const std::int64_t d_model = weights_.d_model, inner = weights_.inner(), rows = chunk.query_rows();
  project(chunk, states, space);
  float* mixed = space.mixed.resize(size_of(rows, inner));
  for (std::int64_t sequence = 0; sequence < chunk.sequences; ++sequence) {
    for (std::int64_t index = 0; index < weights_.heads; ++index) {
      const Head here = head(chunk, sequence, index, space);
      mix(chunk, here, weigh(chunk, here, space), space);
    }
  }
  space.left_mixed.pack({mixed, rows, inner, inner});
  float* result = space.result.resize(size_of(rows, d_model));
  multiply(space.left_mixed, output_, {result, rows, d_model, d_model});
  add_dropped(states, result, to, rows * d_model, residual_key(chunk));
}

void AttentionKernel::backward(const Chunk& chunk, const float* states, const float* gradient, float* to,
                               const AttentionGradients& gradients, Workspace& space) const {
  const MatrixSession session;
  const std::int64_t d_model = weights_.d_model, inner = weights_.inner(), rows = chunk.query_rows();
  project(chunk, states, space);
  space.mixed_gradient.resize(size_of(rows, inner));
  space.query_gradient.resize(size_of(rows, inner));
  space.key_value_gradient.resize(size_of(chunk.key_rows(), 2 * inner));
  float* change = space.change.resize(size_of(rows, d_model));
  float* mixed = space.mixed.resize(size_of(rows, inner));
  drop(gradient, change, rows * d_model, residual_key(chunk));
  space.left_change.pack({change, rows, d_model, d_model});
  multiply(space.left_change, output_back_, {space.mixed_gradient.data(), rows, inner, inner});
  for (std::int64_t sequence = 0; sequence < chunk.sequences; ++sequence) {
    for (std::int64_t index = 0; index < weights_.heads; ++index) {
      const Head here = head(chunk, sequence, index, space);
      const float* weights = weigh(chunk, here, space);
      {
        const GradientPrecisionScope precision;  // for the gradient of the output weight alone
        mix(chunk, here, weights, space);
      }
      mix_backward(chunk, here, weights, gradients, space);
    }
  }
  const GradientPrecisionScope precision;
  space.left_change_across.pack_transposed({change, rows, d_model, d_model});
  space.right_mixed.pack({mixed, rows, inner, inner});
  multiply(space.left_change_across, space.right_mixed, {gradients.output, d_model, inner, inner}, Sum::kAdd);
  if (to != gradient) std::copy_n(gradient, rows * d_model, to);
  project_backward(chunk, states, to, gradients, space);
}

// With P the probabilities, P' what dropout leaves of them and M = P' V: dV = P'^T dM, dP = mask(dM V^T),
// dS = P * (dP - rowsum(P * dP)), dQ = dS K, dK = dS^T Q. What dS comes from is exact, because its difference would
// magnify errors.
void AttentionKernel::mix_backward(const Chunk& chunk, const Head& head, const float* weights,
                                   const AttentionGradients& gradients, Workspace& space) const {
  const std::int64_t queries = chunk.queries, keys = chunk.keys;
  const ConstMatrix mixed_gradient = {head.mixed_gradient, queries, weights_.d_kv, weights_.inner()};
  float* scores = space.scores.resize(size_of(queries, keys));
  space.left_gradient.pack(mixed_gradient);
  space.right_value.pack_transposed(head.value);
  multiply(space.left_gradient, space.right_value, {scores, queries, keys, keys});
  if (head.key_of_weights.active()) drop(scores, scores, queries * keys, head.key_of_weights);
  const float* probability = space.probability.data();
  for (std::int64_t row = 0; row < queries; ++row) {
    softmax_row_backward(probability + row * keys, scores + row * keys, keys);
  }
  const GradientPrecisionScope precision;
  space.left_scores_across.pack_transposed({weights, queries, keys, keys});
  space.right_gradient.pack(mixed_gradient);
  multiply(space.left_scores_across, space.right_gradient, head.value_gradient);
  if (gradients.bias != nullptr) add(scores, gradients.bias + head.index * queries * keys, queries * keys);

  space.left_scores.pack({scores, queries, keys, keys});
  space.right_key.pack(head.key);
  multiply(space.left_scores, space.right_key, head.query_gradient);
  space.left_gradient_across.pack_transposed({scores, queries, keys, keys});
  space.right_query.pack(head.query);
  multiply(space.left_gradient_across, space.right_query, head.key_gradient);
}

// From the gradients of the projections to those of their weights, of the memory and of `states`.
void AttentionKernel::project_backward(const Chunk& chunk, const float* states, float* to,
                                       const AttentionGradients& gradients, Workspace& space) const {
  const std::int64_t d_model = weights_.d_model, inner = weights_.inner(), rows = chunk.query_rows();
  const std::int64_t key_rows = chunk.key_rows();
  const bool cross = chunk.memory != nullptr;
  const ConstMatrix query_gradient = {space.query_gradient.data(), rows, inner, inner};
  const ConstMatrix key_value_gradient = {space.key_value_gradient.data(), key_rows, 2 * inner, 2 * inner};
  space.left_states_across.pack_transposed({space.normed.data(), rows, d_model, d_model});
  space.right_gradient.pack(query_gradient);
  multiply(space.left_states_across, space.right_gradient, gradients.query, Sum::kAdd);
  if (cross) space.left_memory_across.pack_transposed({chunk.memory, key_rows, d_model, d_model});
  space.right_gradient.pack(key_value_gradient);
  multiply(cross ? space.left_memory_across : space.left_states_across, space.right_gradient, gradients.key_value,
           Sum::kAdd);

  float* normed_gradient = space.result.resize(size_of(rows, d_model));
  space.left_gradient.pack(query_gradient);
  multiply(space.left_gradient, query_back_, {normed_gradient, rows, d_model, d_model});
  space.left_gradient.pack(key_value_gradient);
  float* memory_gradient = cross ? gradients.memory : normed_gradient;
  multiply(space.left_gradient, key_value_back_, {memory_gradient, key_rows, d_model, d_model}, Sum::kAdd);
  norm_rows_backward({weights_.norm, d_model, weights_.epsilon}, states, space.inverse.data(), normed_gradient, rows,
                     to, gradients.norm);
}

}  // namespace p5
