#include "nn/attention_kernel.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace p5 {
namespace {

// The steps at which a group adds to sums in chunk order (nn/turns.h), starting at kGroupSteps * its first head.
constexpr std::int64_t kGroupSteps = 6;
enum GroupStep : std::int64_t { kBiasStep, kPrefixStep, kOutputStep, kQueryStep, kKeyStep, kValueStep };

std::int64_t step_of(std::int64_t head, GroupStep step) { return kGroupSteps * head + step; }

std::size_t size_of(std::int64_t rows, std::int64_t columns) { return static_cast<std::size_t>(rows * columns); }

}  // namespace

// Where the data of one head of one sequence is in its group's projections.
struct AttentionKernel::Head {
  ConstMatrix query, key, value;                        // [queries or keys, d_kv]
  Matrix mixed;                                         // [queries, d_kv]
  ConstMatrix mixed_gradient;                           // as mixed
  Matrix query_gradient, key_gradient, value_gradient;  // as query, key, value
  std::int64_t index = 0;                               // of the head
  const float* bias = nullptr;                          // [queries, keys of the table]
  const float* hidden = nullptr;                        // [keys]
  DropoutKey key_of_weights;
};

AttentionKernel::AttentionKernel(const AttentionWeights& weights, Pass pass) : weights_(weights) {
  const std::int64_t d_model = weights.d_model, inner = weights.inner();
  const std::int64_t together = std::lcm(weights.d_kv, RightFactor::kSliceUnit) / weights.d_kv;
  for (std::int64_t head = 0; head < weights.heads; head += together) {
    const std::int64_t heads = std::min(together, weights.heads - head);
    groups_.push_back({head, heads, head * weights.d_kv, heads * weights.d_kv});
  }
  const ConstMatrix query = {weights.query, inner, d_model, d_model};
  const ConstMatrix key = {weights.key_value, inner, d_model, d_model};
  const ConstMatrix value = {weights.key_value + inner * d_model, inner, d_model, d_model};
  const ConstMatrix output = {weights.output, d_model, inner, inner};
  query_.pack_transposed(query);
  key_.pack_transposed(key);
  value_.pack_transposed(value);
  if (pass == Pass::kForward) {
    output_.pack_transposed(output);
    return;
  }
  output_back_.pack(output);
  const GradientPrecisionScope gradient;
  states_back_ = weights.cross ? leading_back({query.data}) : leading_back({query.data, key.data, value.data});
  if (weights.cross) memory_back_ = leading_back({key.data, value.data});
}

// Of weights [inner, d_model]: the rows of the first group of each, then of the second, ...
RightFactor AttentionKernel::leading_back(std::initializer_list<const float*> weights) const {
  const std::int64_t d_model = weights_.d_model, rows = weights_.inner() * static_cast<std::int64_t>(weights.size());
  std::vector<float> in_order;
  in_order.reserve(size_of(rows, d_model));
  for (const Group& group : groups_) {
    for (const float* weight : weights) {
      const float* first = weight + group.first * d_model;
      in_order.insert(in_order.end(), first, first + group.width * d_model);
    }
  }
  RightFactor factor;
  factor.pack({in_order.data(), rows, d_model, d_model});
  return factor;
}

DropoutKey AttentionKernel::residual_key(const Chunk& chunk) const {
  return DropoutKey::of(chunk.dropout.probability, chunk.dropout.seed, static_cast<std::uint64_t>(chunk.chunk));
}

AttentionKernel::Head AttentionKernel::head(const Chunk& chunk, const Group& group, std::int64_t sequence,
                                            std::int64_t index, Workspace& space) const {
  const std::int64_t width = weights_.d_kv, column = (index - group.first_head) * width;
  // Section `section` of a buffer whose rows hold `sections` groups side by side.
  const auto at = [&](AlignedFloats& buffer, std::int64_t rows, std::int64_t section, std::int64_t sections) {
    const std::int64_t stride = sections * group.width;
    return Matrix{buffer.data() + sequence * rows * stride + section * group.width + column, rows, width, stride};
  };
  Head head;
  head.query = at(space.query, chunk.queries, 0, 1);
  head.key = at(space.key, chunk.all_keys(), 0, 1);
  head.value = at(space.value, chunk.all_keys(), 0, 1);
  head.mixed = at(space.mixed, chunk.queries, 0, 1);
  if (space.mixed_gradient.data() != nullptr) {
    const bool cross = weights_.cross;
    AlignedFloats& of_keys = cross ? space.memory_gradient : space.states_gradient;
    head.mixed_gradient = at(space.mixed_gradient, chunk.queries, 0, 1);
    head.query_gradient = at(space.states_gradient, chunk.queries, 0, cross ? 1 : 3);
    if (chunk.prefix.rows() > 0) {
      head.key_gradient = at(space.prefixed_gradient, chunk.all_keys(), 0, 2);
      head.value_gradient = at(space.prefixed_gradient, chunk.all_keys(), 1, 2);
    } else {
      head.key_gradient = at(of_keys, chunk.keys, cross ? 0 : 1, cross ? 2 : 3);
      head.value_gradient = at(of_keys, chunk.keys, cross ? 1 : 2, cross ? 2 : 3);
    }
  }
  head.index = index;
  if (chunk.bias.data != nullptr) head.bias = chunk.bias.data + chunk.bias.offset(index);
  if (chunk.hidden != nullptr) head.hidden = chunk.hidden + sequence * chunk.all_keys();
  const auto place = static_cast<std::uint64_t>((chunk.first_sequence + sequence) * weights_.heads + index);
  head.key_of_weights = DropoutKey::of(chunk.weight_dropout.probability, chunk.weight_dropout.seed, place);
  return head;
}

template <class Body>
void AttentionKernel::for_heads(const Chunk& chunk, const Group& group, Workspace& space, const Body& body) const {
  for (std::int64_t sequence = 0; sequence < chunk.sequences; ++sequence) {
    for (std::int64_t index = group.first_head; index < group.first_head + group.heads; ++index) {
      body(head(chunk, group, sequence, index, space));
    }
  }
}

// Writes norm(states) to space.normed and packs it, with the memory, for the projections of all heads.
void AttentionKernel::read(const Chunk& chunk, const float* states, Workspace& space) const {
  assert(weights_.cross == (chunk.memory != nullptr));
  const std::int64_t d_model = weights_.d_model, rows = chunk.query_rows();
  float* normed = space.normed.resize(size_of(rows, d_model));
  norm_rows({weights_.norm, d_model, weights_.epsilon}, states, rows, normed,
            space.inverse.resize(static_cast<std::size_t>(rows)));
  space.left_states.pack({normed, rows, d_model, d_model});
  if (weights_.cross) space.left_memory.pack({chunk.memory, chunk.key_rows(), d_model, d_model});
}

// Queries, keys and values of a group of heads.
void AttentionKernel::project(const Chunk& chunk, const Group& group, Workspace& space) const {
  const LeftFactor& memory = weights_.cross ? space.left_memory : space.left_states;
  const auto project = [&group](const LeftFactor& from, const RightFactor& weight, AlignedFloats& to) {
    multiply(from, weight.columns(group.first, group.width),
             {to.resize(size_of(from.rows(), group.width)), from.rows(), group.width, group.width});
  };
  project(space.left_states, query_, space.query);
  if (chunk.prefix.rows() == 0) {
    project(memory, key_, space.key);
    project(memory, value_, space.value);
  } else {
    const std::size_t size = size_of(chunk.sequences * chunk.all_keys(), group.width);
    project(memory, key_, space.own);
    join(chunk, group, chunk.prefix.key, space.own.data(), space.key.resize(size));
    project(memory, value_, space.own);
    join(chunk, group, chunk.prefix.value, space.own.data(), space.value.resize(size));
  }
  space.mixed.resize(size_of(chunk.query_rows(), group.width));
}

void AttentionKernel::join(const Chunk& chunk, const Group& group, const ConstMatrix& prefix, const float* own,
                           float* to) {
  for (std::int64_t sequence = 0; sequence < chunk.sequences; ++sequence) {
    for (std::int64_t row = 0; row < prefix.rows; ++row, to += group.width) {
      std::copy_n(prefix.data + row * prefix.stride + group.first, group.width, to);
    }
    const std::int64_t size = chunk.keys * group.width;
    to = std::copy_n(own + sequence * size, size, to);
  }
}

void AttentionKernel::take_prefix_gradients(const Chunk& chunk, const Group& group, const AttentionGradients& gradients,
                                            Workspace& space) const {
  const std::int64_t width = group.width, sections = weights_.cross ? 2 : 3, prefix = chunk.prefix.rows();
  float* const own = (weights_.cross ? space.memory_gradient : space.states_gradient).data();
  const auto row_of = [&](std::int64_t sequence, std::int64_t key) {
    return space.prefixed_gradient.data() + (sequence * chunk.all_keys() + key) * 2 * width;
  };
  for (std::int64_t sequence = 0; sequence < chunk.sequences; ++sequence) {
    for (std::int64_t key = 0; key < chunk.keys; ++key) {
      float* const to = own + (sequence * chunk.keys + key) * sections * width + (sections - 2) * width;
      std::copy_n(row_of(sequence, prefix + key), 2 * width, to);
    }
  }
  if (gradients.prefix_key.data == nullptr) return;
  const InTurn section(gradients.turn, step_of(group.first_head, kPrefixStep));
  for (std::int64_t sequence = 0; sequence < chunk.sequences; ++sequence) {
    for (std::int64_t key = 0; key < prefix; ++key) {
      const float* const from = row_of(sequence, key);
      add(from, gradients.prefix_key.data + key * gradients.prefix_key.stride + group.first, width);
      add(from + width, gradients.prefix_value.data + key * gradients.prefix_value.stride + group.first, width);
    }
  }
}

const float* AttentionKernel::weigh(const Chunk& chunk, const Head& head, Workspace& space) const {
  const ActivationPrecisionScope precision;
  const std::int64_t queries = chunk.queries, keys = chunk.all_keys();
  float* probability = space.probability.resize(size_of(queries, keys));
  space.left_query.pack(head.query);
  space.right_key.pack_transposed(head.key);
  multiply(space.left_query, space.right_key, {probability, queries, keys, keys});
  for (std::int64_t row = 0; row < queries; ++row) {
    const float* bias = head.bias == nullptr ? nullptr : head.bias + row * chunk.bias.keys;
    softmax_row(probability + row * keys, bias, head.hidden, keys);
  }
  if (!head.key_of_weights.active()) return probability;
  float* dropped = space.dropped.resize(size_of(queries, keys));
  space.kept.resize(static_cast<std::size_t>(mask_words(queries * keys)));
  drop(probability, dropped, queries * keys, head.key_of_weights, space.kept.data());
  return dropped;
}

void AttentionKernel::mix(const Chunk& chunk, const Head& head, const float* weights, Workspace& space) const {
  const ActivationPrecisionScope precision;
  space.left_scores.pack({weights, chunk.queries, chunk.all_keys(), chunk.all_keys()});
  space.right_value.pack(head.value);
  multiply(space.left_scores, space.right_value, head.mixed);
}

void AttentionKernel::forward(const Chunk& chunk, const float* states, float* to, Workspace& space) const {
  const MatrixSession session;
  const std::int64_t d_model = weights_.d_model, rows = chunk.query_rows();
  read(chunk, states, space);
  float* result = space.result.resize(size_of(rows, d_model));
  for (const Group& group : groups_) {
    project(chunk, group, space);
    for_heads(chunk, group, space, [&](const Head& head) { mix(chunk, head, weigh(chunk, head, space), space); });
    space.left_mixed.pack({space.mixed.data(), rows, group.width, group.width});
    multiply(space.left_mixed, output_.rows(group.first, group.width), {result, rows, d_model, d_model},
             group.first == 0 ? Sum::kReplace : Sum::kAdd);
  }
  add_dropped(states, result, to, rows * d_model, residual_key(chunk));
}

void AttentionKernel::backward(const Chunk& chunk, const float* states, const float* gradient, float* to,
                               const AttentionGradients& gradients, Workspace& space) const {
  const MatrixSession session;
  const std::int64_t d_model = weights_.d_model, inner = weights_.inner();
  const std::int64_t rows = chunk.query_rows(), key_rows = chunk.key_rows();
  read(chunk, states, space);
  float* change = space.change.resize(size_of(rows, d_model));
  drop(gradient, change, rows * d_model, residual_key(chunk));
  space.left_change.pack({change, rows, d_model, d_model});
  {
    const GradientPrecisionScope precision;
    if (gradients.output != nullptr) space.left_change_across.pack_transposed({change, rows, d_model, d_model});
    if (gradients.query.data != nullptr) {
      space.left_states_across.pack_transposed({space.normed.data(), rows, d_model, d_model});
    }
    if (weights_.cross && gradients.key.data != nullptr)
      space.left_memory_across.pack_transposed({chunk.memory, key_rows, d_model, d_model});
  }
  space.result.resize(size_of(rows, d_model));  // the gradient of the normed states
  for (const Group& group : groups_) {
    project(chunk, group, space);
    space.states_gradient.resize(size_of(rows, (weights_.cross ? 1 : 3) * group.width));
    if (weights_.cross) space.memory_gradient.resize(size_of(key_rows, 2 * group.width));
    multiply(space.left_change, output_back_.columns(group.first, group.width),
             {space.mixed_gradient.resize(size_of(rows, group.width)), rows, group.width, group.width});
    if (chunk.prefix.rows() > 0) {
      space.prefixed_gradient.resize(size_of(chunk.sequences * chunk.all_keys(), 2 * group.width));
    }
    attend_backward(chunk, group, gradients, space);
    if (chunk.prefix.rows() > 0) take_prefix_gradients(chunk, group, gradients, space);
    const GradientPrecisionScope precision;
    if (gradients.output != nullptr) {
      space.right_mixed.pack({space.mixed.data(), rows, group.width, group.width});
      const InTurn section(gradients.turn, step_of(group.first_head, kOutputStep));
      multiply(space.left_change_across, space.right_mixed,
               {gradients.output + group.first, d_model, group.width, inner}, Sum::kAdd);
    }
    project_backward(chunk, group, gradients, space);
  }
  const InTurn section(gradients.turn, kGroupSteps * weights_.heads);
  norm_rows_backward({weights_.norm, d_model, weights_.epsilon}, states, space.inverse.data(), space.result.data(),
                     gradient, rows, to, gradients.norm);
}

// Where several chunks add to the same bias, what the heads add to it is kept until this chunk's turn.
void AttentionKernel::attend_backward(const Chunk& chunk, const Group& group, const AttentionGradients& gradients,
                                      Workspace& space) const {
  const std::size_t size = size_of(chunk.queries, chunk.all_keys());
  const bool keeps = gradients.bias != nullptr && gradients.turn != nullptr;
  float* scores = space.scores.resize(keeps ? size * static_cast<std::size_t>(chunk.sequences * group.heads) : size);
  const auto add_to_bias = [&](std::int64_t head) {
    float* bias = gradients.bias + chunk.bias.offset(head);
    for (std::int64_t row = 0; row < chunk.queries; ++row) {
      add(scores + row * chunk.all_keys(), bias + row * chunk.bias.keys, chunk.all_keys());
    }
  };
  for_heads(chunk, group, space, [&](const Head& head) {
    const float* weights = weigh(chunk, head, space);
    if (gradients.output != nullptr) {
      const GradientPrecisionScope precision;  // only for the gradient of the output weight
      mix(chunk, head, weights, space);
    }
    mix_backward(chunk, head, weights, scores, space);
    if (keeps) {
      scores += size;
    } else if (gradients.bias != nullptr) {
      add_to_bias(head.index);
    }
  });
  if (!keeps) return;
  const InTurn section(gradients.turn, step_of(group.first_head, kBiasStep));
  scores = space.scores.data();
  for (std::int64_t i = 0; i < chunk.sequences * group.heads; ++i, scores += size) {
    add_to_bias(group.first_head + i % group.heads);
  }
}

// With P the probabilities, P' what dropout leaves of them and M = P' V: dV = P'^T dM, dP = mask(dM V^T), dS = P * (dP
// - rowsum(P * dP)), dQ = dS K, dK = dS^T Q. The inputs of dS are exact, because the difference in it would magnify
// errors.
void AttentionKernel::mix_backward(const Chunk& chunk, const Head& head, const float* weights, float* scores,
                                   Workspace& space) const {
  const std::int64_t queries = chunk.queries, keys = chunk.all_keys();
  space.left_gradient.pack(head.mixed_gradient);
  space.right_value.pack_transposed(head.value);
  multiply(space.left_gradient, space.right_value, {scores, queries, keys, keys});
  if (head.key_of_weights.active()) {
    pass_open(scores, queries * keys, head.key_of_weights.scale, space.kept.data());
  }
  const float* probability = space.probability.data();
  for (std::int64_t row = 0; row < queries; ++row) {
    softmax_row_backward(probability + row * keys, scores + row * keys, keys);
  }
  const GradientPrecisionScope precision;
  space.left_scores_across.pack_transposed({weights, queries, keys, keys});
  space.right_gradient.pack(head.mixed_gradient);
  multiply(space.left_scores_across, space.right_gradient, head.value_gradient);
  space.left_scores.pack({scores, queries, keys, keys});
  space.right_key.pack(head.key);
  multiply(space.left_scores, space.right_key, head.query_gradient);
  space.left_gradient_across.pack_transposed({scores, queries, keys, keys});
  space.right_query.pack(head.query);
  multiply(space.left_gradient_across, space.right_query, head.key_gradient);
}

// From the gradients of a group's projections to those of their weights, of the memory and of the normed states.
void AttentionKernel::project_backward(const Chunk& chunk, const Group& group, const AttentionGradients& gradients,
                                       Workspace& space) const {
  const std::int64_t d_model = weights_.d_model, width = group.width;
  const auto to_weight = [&](const LeftFactor& across, const ConstMatrix& slopes, const Matrix& weight,
                             GroupStep step) {
    if (weight.data == nullptr) return;
    space.right_gradient.pack(slopes);
    const InTurn section(gradients.turn, step_of(group.first_head, step));
    multiply(across, space.right_gradient, {weight.data + group.first, d_model, width, weight.stride}, Sum::kAdd);
  };
  // What belongs to one of the projections whose slopes are side by side.
  const auto section_of = [&](const ConstMatrix& slopes, std::int64_t section) {
    return ConstMatrix{slopes.data + section * width, slopes.rows, width, slopes.stride};
  };
  const auto back = [&](const ConstMatrix& slopes, const RightFactor& weights, float* to, Sum sum) {
    space.left_gradient.pack(slopes);
    const std::int64_t sections = slopes.columns / width;
    multiply(space.left_gradient, weights.rows(sections * group.first, slopes.columns),
             {to, slopes.rows, d_model, d_model}, sum);
  };
  const std::int64_t columns = (weights_.cross ? 1 : 3) * width;
  const ConstMatrix of_states = {space.states_gradient.data(), chunk.query_rows(), columns, columns};
  to_weight(space.left_states_across, section_of(of_states, 0), gradients.query, kQueryStep);
  back(of_states, states_back_, space.result.data(), group.first == 0 ? Sum::kReplace : Sum::kAdd);
  if (!weights_.cross) {
    to_weight(space.left_states_across, section_of(of_states, 1), gradients.key, kKeyStep);
    to_weight(space.left_states_across, section_of(of_states, 2), gradients.value, kValueStep);
    return;
  }
  const ConstMatrix of_memory = {space.memory_gradient.data(), chunk.key_rows(), 2 * width, 2 * width};
  to_weight(space.left_memory_across, section_of(of_memory, 0), gradients.key, kKeyStep);
  to_weight(space.left_memory_across, section_of(of_memory, 1), gradients.value, kValueStep);
  back(of_memory, memory_back_, gradients.memory, group.first == 0 ? Sum::kReplace : Sum::kAdd);
}

}  // namespace p5
