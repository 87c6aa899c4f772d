// The attention sub-layers of a T5 block on plain memory: y = x + drop(W_o attend(norm(x) W_q, m W_k, m W_v)), with m =
// norm(x) for self-attention and m = the encoder's states for cross-attention. Scores are not scaled and get a position
// bias. Heads are processed one after another, from projections to their share of the result, so that what a head needs
// stays in cache. Projections and probabilities are not stored: the backward pass recomputes them. A kernel is made on
// the layer team and read by many threads at once; each has its own Workspace.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "nn/feed_forward_kernel.h"
#include "nn/matrix_product.h"
#include "nn/row_kernels.h"
#include "nn/turns.h"

namespace p5 {

struct AttentionWeights {
  std::int64_t d_model = 0, heads = 0, d_kv = 0;
  const float* norm = nullptr;       // [d_model]
  const float* query = nullptr;      // [inner, d_model], inner = heads * d_kv
  const float* key_value = nullptr;  // [2 * inner, d_model]: keys first
  const float* output = nullptr;     // [d_model, inner]
  float epsilon = 1e-6f;
  bool cross = false;  // whether keys and values come from a memory

  std::int64_t inner() const { return heads * d_kv; }
};

// Keys and values that come before those of every sequence, [rows, inner] each, as learnt prefixes do; none by default.
struct AttentionPrefix {
  ConstMatrix key, value;

  std::int64_t rows() const { return key.rows; }
};

// Added to scores by position: [heads, queries, prefix + keys]; null adds nothing.
struct BiasTable {
  const float* data = nullptr;
  std::int64_t queries = 0, keys = 0;

  std::int64_t offset(std::int64_t head) const { return head * queries * keys; }
};

// Gradients are added to what is there, except that of the memory, which is set. Those of weights may be null where
// the weight is frozen; those of keys and values together.
struct AttentionGradients {
  float* norm = nullptr;
  Matrix query, key, value;         // [d_model, inner] each: transposed, so that slopes need no transposing
  Matrix prefix_key, prefix_value;  // as the chunk's prefix
  float* output = nullptr;
  float* bias = nullptr;       // as the BiasTable of the chunk; null when that has none
  float* memory = nullptr;     // [sequences * keys, d_model]: cross-attention only
  const Turn* turn = nullptr;  // the chunk's, where several add to these sums at once; the memory's need none
};

class AttentionKernel {
 public:
  // Weights are packed here, except norm, whose memory must stay valid.
  AttentionKernel(const AttentionWeights& weights, Pass pass);

  struct Workspace {
    AlignedFloats normed, inverse, query, key, value, own, probability, dropped, scores, mixed, result;
    AlignedFloats change, mixed_gradient, states_gradient, memory_gradient, prefixed_gradient;
    std::vector<std::uint32_t> kept;  // of a head's probabilities, one bit each
    LeftFactor left_states, left_states_across, left_memory, left_memory_across, left_query, left_scores,
        left_scores_across, left_mixed, left_change, left_change_across, left_gradient, left_gradient_across;
    RightFactor right_key, right_value, right_query, right_mixed, right_gradient;
  };

  // Whole sequences. Self-attention has no memory, and keys == queries.
  struct Chunk {
    std::int64_t sequences = 0, queries = 0, keys = 0;
    std::int64_t chunk = 0, first_sequence = 0;  // identify the chunk and its sequences for dropout's masks
    const float* memory = nullptr;               // [sequences, keys, d_model]
    BiasTable bias;                              // may be larger: its first queries and keys are used
    const float* hidden = nullptr;               // [sequences, prefix + keys]: 0, or kHiddenScore for padding; or null
    AttentionPrefix prefix;                      // where each sequence has more keys and values than its `keys`
    KernelDropout weight_dropout;                // of probabilities
    KernelDropout dropout;                       // of the result

    std::int64_t query_rows() const { return sequences * queries; }
    std::int64_t key_rows() const { return sequences * keys; }
    std::int64_t all_keys() const { return prefix.rows() + keys; }
  };

  // states [sequences * queries, d_model] to `to`, of the same shape, which may be `states`.
  void forward(const Chunk& chunk, const float* states, float* to, Workspace& space) const;
  // gradient is that of the result; `to` is set to the gradient of `states`.
  void backward(const Chunk& chunk, const float* states, const float* gradient, float* to,
                const AttentionGradients& gradients, Workspace& space) const;

  // The packed weights, for step-by-step decoding: y = x * factor.
  const AttentionWeights& weights() const { return weights_; }
  const RightFactor& query() const { return query_; }    // [d_model, inner]
  const RightFactor& key() const { return key_; }        // [d_model, inner]
  const RightFactor& value() const { return value_; }    // [d_model, inner]
  const RightFactor& output() const { return output_; }  // [inner, d_model]

 private:
  // Neighboring heads whose projections are made together: as many as fill a slice of the packed weights.
  struct Group {
    std::int64_t first_head = 0, heads = 0;
    std::int64_t first = 0, width = 0;  // columns of the projections
  };
  struct Head;
  DropoutKey residual_key(const Chunk& chunk) const;
  Head head(const Chunk& chunk, const Group& group, std::int64_t sequence, std::int64_t head, Workspace& space) const;
  // Calls body(head) for every head of the group in every sequence.
  template <class Body>
  void for_heads(const Chunk& chunk, const Group& group, Workspace& space, const Body& body) const;
  void read(const Chunk& chunk, const float* states, Workspace& space) const;
  void project(const Chunk& chunk, const Group& group, Workspace& space) const;
  // A group's own keys or values after those of the prefix, sequence by sequence.
  static void join(const Chunk& chunk, const Group& group, const ConstMatrix& prefix, const float* own, float* to);
  // Splits the gradients of all keys and values of a group: those of the prefix are summed, the others stay.
  void take_prefix_gradients(const Chunk& chunk, const Group& group, const AttentionGradients& gradients,
                             Workspace& space) const;
  // Writes a head's probabilities to space.probability and, under a dropout mask, also to space.dropped; returns those
  // that weigh the values.
  const float* weigh(const Chunk& chunk, const Head& head, Workspace& space) const;
  void mix(const Chunk& chunk, const Head& head, const float* weights, Workspace& space) const;
  // For all heads of a group: from the gradient of their mixed values to those of their projections and of the bias.
  void attend_backward(const Chunk& chunk, const Group& group, const AttentionGradients& gradients,
                       Workspace& space) const;
  // For one head; `scores` [queries, keys] becomes the gradient of its scores.
  void mix_backward(const Chunk& chunk, const Head& head, const float* weights, float* scores, Workspace& space) const;
  void project_backward(const Chunk& chunk, const Group& group, const AttentionGradients& gradients,
                        Workspace& space) const;
  RightFactor leading_back(std::initializer_list<const float*> weights) const;

  AttentionWeights weights_;
  std::vector<Group> groups_;
  RightFactor query_, key_, value_, output_;
  // The factors that lead back to the normed states and to the memory, group by group: the rows of its queries (and,
  // for self-attention, keys and values), so that their gradients are summed in one product.
  RightFactor states_back_, memory_back_, output_back_;
};

}  // namespace p5
