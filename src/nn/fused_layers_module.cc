#include "nn/fused_layers_module.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "nn/attention_kernel.h"
#include "nn/dropout_module.h"
#include "nn/feed_forward_kernel.h"
#include "nn/layer_team.h"
#include "nn/softmax_loss_kernel.h"
#include "nn/turns.h"

namespace p5 {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// Rows of a chunk: as many as the second-level cache holds with everything a chunk needs at a time, so that weights are
// rarely read from beyond it.
constexpr std::int64_t kFeedForwardRows = 192;
constexpr std::int64_t kAttentionRows = 288;

std::atomic<int> plain_wishes{0};

bool plain_by_environment() {
  const char* value = std::getenv("P5_PLAIN_LAYERS");
  return value != nullptr && std::string(value) == "1";
}

float* floats(const torch::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

// What the gradient of a parameter is added to; undefined where the parameter is undefined or frozen.
torch::Tensor no_gradient_yet(const torch::Tensor& of) {
  const bool wanted = of.defined() && of.requires_grad();
  return wanted ? torch::zeros(of.sizes(), of.options().requires_grad(false)) : torch::Tensor();
}
// Its transpose.
torch::Tensor no_gradient_yet_across(const torch::Tensor& of) {
  const bool wanted = of.defined() && of.requires_grad();
  return wanted ? torch::zeros({of.size(1), of.size(0)}, of.options().requires_grad(false)) : torch::Tensor();
}

torch::Tensor transposed(const torch::Tensor& matrix) { return matrix.defined() ? matrix.t() : matrix; }

// Calls body(chunk, its turn, or null where one thread does all) on all threads.
template <class Body>
void for_chunks_in_turn(std::int64_t count, const Body& body) {
  if (layer_threads() == 1) {
    for (std::int64_t chunk = 0; chunk < count; ++chunk) body(chunk, nullptr);
    return;
  }
  Turns turns(count);
  for_each_on_team(count, [&](std::int64_t chunk) {
    const Turn turn(turns, chunk);
    body(chunk, &turn);
  });
}

// ---------------------------------------------------------------------------------------------------- feed-forward

// Dropout of one call of a layer. Plain numbers, so that autograd can keep them.
struct Draw {
  double probability = 0;
  std::int64_t seed = 0;

  static Draw of(double probability) {
    return {probability, probability > 0 ? static_cast<std::int64_t>(draw_dropout_seed()) : 0};
  }
  KernelDropout stream(std::uint64_t index) const { return {probability, static_cast<std::uint64_t>(seed) + index}; }
};

FeedForwardKernel feed_forward_kernel(const FeedForwardTensors& weights, Pass pass) {
  return FeedForwardKernel({.d_model = weights.input.size(1),
                            .d_ff = weights.input.size(0),
                            .norm = floats(weights.norm),
                            .input = floats(weights.input),
                            .output = floats(weights.output),
                            .epsilon = static_cast<float>(weights.epsilon)},
                           pass);
}

std::int64_t row_chunks(std::int64_t rows) { return (rows + kFeedForwardRows - 1) / kFeedForwardRows; }

// A chunk and its first row.
struct PlacedRows {
  FeedForwardKernel::Chunk chunk;
  std::int64_t first = 0;
};
PlacedRows row_chunk(std::int64_t index, std::int64_t rows, const Draw& draw) {
  const std::int64_t first = index * kFeedForwardRows;
  return {{std::min(kFeedForwardRows, rows - first), index, draw.stream(0)}, first};
}

// Where the hidden layer was open, chunk by chunk, for the backward pass.
torch::Tensor open_bits(const FeedForwardKernel& kernel, std::int64_t rows) {
  return torch::empty({row_chunks(rows), kernel.open_words(std::min(rows, kFeedForwardRows))}, torch::kInt);
}
std::uint32_t* bits_of(const torch::Tensor& open, std::int64_t chunk) {
  return reinterpret_cast<std::uint32_t*>(open.data_ptr<std::int32_t>()) + chunk * open.size(1);
}

// `open`, where given, becomes what the backward pass needs to know.
torch::Tensor feed_forward(const torch::Tensor& states, const FeedForwardTensors& weights, const Draw& draw,
                           torch::Tensor* open) {
  const FeedForwardKernel kernel = feed_forward_kernel(weights, Pass::kForward);
  torch::Tensor result = torch::empty_like(states);
  const std::int64_t width = states.size(-1), rows = states.numel() / width;
  if (open != nullptr) *open = open_bits(kernel, rows);
  for_each_on_team(row_chunks(rows), [&](std::int64_t index) {
    thread_local FeedForwardKernel::Workspace space;
    const auto [chunk, first] = row_chunk(index, rows, draw);
    kernel.forward(chunk, floats(states) + first * width, floats(result) + first * width,
                   open == nullptr ? nullptr : bits_of(*open, index), space);
  });
  return result;
}

// Autograd may run the backward pass on another thread, or after the scope of the forward pass: its products are then
// as exact as those of the forward pass.
void keep_precision(AutogradContext& context) {
  context.saved_data["matrix_precision"] = static_cast<std::int64_t>(matrix_precision());
}
MatrixPrecision kept_precision(AutogradContext& context) {
  return static_cast<MatrixPrecision>(context.saved_data["matrix_precision"].toInt());
}

class FeedForwardFunction : public torch::autograd::Function<FeedForwardFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& states, const torch::Tensor& norm,
                               const torch::Tensor& input, const torch::Tensor& output, double epsilon,
                               double probability, std::int64_t seed) {
    torch::Tensor open;
    torch::Tensor result = feed_forward(states, {norm, input, output, epsilon}, {probability, seed}, &open);
    context->save_for_backward({states, norm, input, output, open});
    keep_precision(*context);
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["probability"] = probability;
    context->saved_data["seed"] = seed;
    return result;
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const MatrixPrecisionScope as_forward(kept_precision(*context));
    const auto saved = context->get_saved_variables();
    const torch::Tensor &states = saved[0], &open = saved[4];
    const FeedForwardTensors weights = {saved[1], saved[2], saved[3], context->saved_data["epsilon"].toDouble()};
    const Draw draw = {context->saved_data["probability"].toDouble(), context->saved_data["seed"].toInt()};
    const torch::Tensor gradient = gradients[0].contiguous();
    const FeedForwardKernel kernel = feed_forward_kernel(weights, Pass::kBackward);
    const torch::Tensor norm = torch::zeros_like(weights.norm.detach()), input = no_gradient_yet_across(weights.input),
                        output = no_gradient_yet(weights.output);
    torch::Tensor to = torch::empty_like(states);
    const std::int64_t width = states.size(-1), rows = states.numel() / width;
    for_chunks_in_turn(row_chunks(rows), [&](std::int64_t index, const Turn* turn) {
      thread_local FeedForwardKernel::Workspace space;
      const auto [chunk, first] = row_chunk(index, rows, draw);
      const std::int64_t at = first * width;
      kernel.backward(chunk, floats(states) + at, bits_of(open, index), floats(gradient) + at, floats(to) + at,
                      {floats(norm), floats(input), floats(output), turn}, space);
    });
    return {to, norm, transposed(input), output, {}, {}, {}};
  }
};

// ------------------------------------------------------------------------------------------------------- attention

AttentionKernel attention_kernel(const AttentionTensors& weights, Pass pass) {
  const std::int64_t d_model = weights.output.size(0), inner = weights.output.size(1);
  return AttentionKernel(
      {.d_model = d_model,
       .heads = weights.heads,
       .d_kv = inner / weights.heads,
       .norm = floats(weights.norm),
       .query = floats(weights.query),
       .key_value = weights.key_value.defined() ? floats(weights.key_value) : floats(weights.query) + inner * d_model,
       .output = floats(weights.output),
       .epsilon = static_cast<float>(weights.epsilon),
       .cross = weights.key_value.defined()},
      pass);
}

ConstMatrix matrix_of(const torch::Tensor& rows) {
  if (!rows.defined()) return {};
  return {rows.data_ptr<float>(), rows.size(0), rows.size(1), rows.stride(0)};
}

// A chunk and where it begins in states and in memory, counted in floats.
struct PlacedChunk {
  AttentionKernel::Chunk chunk;
  std::int64_t states = 0, memory = 0;
};

// Whole sequences of one run each.
std::vector<PlacedChunk> sequence_chunks(const AttentionInputs& inputs, const AttentionTensors& weights,
                                         const Draw& draw) {
  const AttentionPrefix prefix = {matrix_of(weights.prefix_key), matrix_of(weights.prefix_value)};
  const bool cross = inputs.memory.defined();
  const std::int64_t width = inputs.states.size(-1);
  assert(!inputs.hidden.defined() || cross || inputs.runs.size() == 1);
  std::vector<PlacedChunk> chunks;
  std::int64_t row = 0, token = 0;
  for (const SequenceRun& run : inputs.runs) {
    const std::int64_t keys = cross ? inputs.memory.size(1) : run.length;
    const std::int64_t each = std::max<std::int64_t>(kAttentionRows / std::max(prefix.rows() + keys, run.length), 1);
    for (std::int64_t left = run.rows; left > 0; left -= each) {
      AttentionKernel::Chunk chunk;
      chunk.sequences = std::min(each, left);
      chunk.queries = run.length;
      chunk.keys = keys;
      chunk.prefix = prefix;
      chunk.chunk = static_cast<std::int64_t>(chunks.size());
      chunk.first_sequence = row;
      if (cross) chunk.memory = floats(inputs.memory) + row * keys * width;
      if (inputs.bias.defined()) chunk.bias = {floats(inputs.bias), inputs.bias.size(2), inputs.bias.size(3)};
      if (inputs.hidden.defined()) chunk.hidden = floats(inputs.hidden) + row * chunk.all_keys();
      chunk.dropout = draw.stream(0);
      chunk.weight_dropout = draw.stream(1);
      chunks.push_back({chunk, token * width, row * keys * width});
      row += chunk.sequences;
      token += chunk.query_rows();
    }
  }
  assert(token * width == inputs.states.numel() && (!cross || row == inputs.memory.size(0)));
  return chunks;
}

torch::Tensor attention(const AttentionInputs& inputs, const AttentionTensors& weights, const Draw& draw) {
  const AttentionKernel kernel = attention_kernel(weights, Pass::kForward);
  torch::Tensor result = torch::empty_like(inputs.states);
  const std::vector<PlacedChunk> chunks = sequence_chunks(inputs, weights, draw);
  for_each_on_team(static_cast<std::int64_t>(chunks.size()), [&](std::int64_t index) {
    thread_local AttentionKernel::Workspace space;
    const PlacedChunk& placed = chunks[static_cast<std::size_t>(index)];
    kernel.forward(placed.chunk, floats(inputs.states) + placed.states, floats(result) + placed.states, space);
  });
  return result;
}

// Autograd takes no undefined tensor: an empty one replaces it.
torch::Tensor or_empty(const torch::Tensor& tensor) { return tensor.defined() ? tensor : torch::empty({0}); }
torch::Tensor unless_empty(const torch::Tensor& tensor) { return tensor.numel() > 0 ? tensor : torch::Tensor(); }

// Autograd keeps numbers, not structs.
std::vector<std::int64_t> flat(const SequenceRuns& runs) {
  std::vector<std::int64_t> numbers;
  for (const SequenceRun& run : runs) numbers.insert(numbers.end(), {run.rows, run.length});
  return numbers;
}
SequenceRuns runs_of(const std::vector<std::int64_t>& numbers) {
  SequenceRuns runs;
  for (std::size_t i = 0; i < numbers.size(); i += 2) runs.push_back({numbers[i], numbers[i + 1]});
  return runs;
}

class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
 public:
  struct Numbers {
    std::int64_t heads;
    double epsilon;
    Draw draw;
    SequenceRuns runs;
  };

  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& states, const torch::Tensor& memory,
                               const torch::Tensor& bias, const torch::Tensor& hidden, const torch::Tensor& norm,
                               const torch::Tensor& query, const torch::Tensor& key_value, const torch::Tensor& output,
                               const torch::Tensor& prefix_key, const torch::Tensor& prefix_value,
                               const Numbers& numbers) {
    context->save_for_backward(
        {states, memory, bias, hidden, norm, query, key_value, output, prefix_key, prefix_value});
    keep_precision(*context);
    context->saved_data["runs"] = flat(numbers.runs);
    context->saved_data["heads"] = numbers.heads;
    context->saved_data["epsilon"] = numbers.epsilon;
    context->saved_data["probability"] = numbers.draw.probability;
    context->saved_data["seed"] = numbers.draw.seed;
    return attention({states, numbers.runs, unless_empty(memory), unless_empty(bias), unless_empty(hidden)},
                     {norm, query, unless_empty(key_value), output, numbers.heads, numbers.epsilon,
                      unless_empty(prefix_key), unless_empty(prefix_value)},
                     numbers.draw);
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const MatrixPrecisionScope as_forward(kept_precision(*context));
    const auto saved = context->get_saved_variables();
    const AttentionInputs inputs = {saved[0], runs_of(context->saved_data["runs"].toIntVector()),
                                    unless_empty(saved[1]), unless_empty(saved[2]), unless_empty(saved[3])};
    const AttentionTensors weights = {saved[4],
                                      saved[5],
                                      unless_empty(saved[6]),
                                      saved[7],
                                      context->saved_data["heads"].toInt(),
                                      context->saved_data["epsilon"].toDouble(),
                                      unless_empty(saved[8]),
                                      unless_empty(saved[9])};
    const Draw draw = {context->saved_data["probability"].toDouble(), context->saved_data["seed"].toInt()};
    const torch::Tensor gradient = gradients[0].contiguous();
    const AttentionKernel kernel = attention_kernel(weights, Pass::kBackward);
    const bool cross = weights.key_value.defined();
    const torch::Tensor norm = torch::zeros_like(weights.norm.detach()), query = no_gradient_yet_across(weights.query),
                        key_value = no_gradient_yet_across(weights.key_value), output = no_gradient_yet(weights.output),
                        bias = no_gradient_yet(inputs.bias), prefix_key = no_gradient_yet(weights.prefix_key),
                        prefix_value = no_gradient_yet(weights.prefix_value);
    const std::int64_t d_model = weights.output.size(0), inner = weights.output.size(1);
    torch::Tensor to = torch::empty_like(inputs.states);
    torch::Tensor to_memory = cross ? torch::empty_like(inputs.memory) : torch::Tensor();
    const auto section = [&](const torch::Tensor& of, std::int64_t index) {
      if (!of.defined()) return Matrix{};
      const std::int64_t stride = of.size(1);
      return Matrix{floats(of) + index * inner, d_model, inner, stride};
    };
    const std::vector<PlacedChunk> chunks = sequence_chunks(inputs, weights, draw);
    for_chunks_in_turn(static_cast<std::int64_t>(chunks.size()), [&](std::int64_t index, const Turn* turn) {
      thread_local AttentionKernel::Workspace space;
      const PlacedChunk& placed = chunks[static_cast<std::size_t>(index)];
      kernel.backward(
          placed.chunk, floats(inputs.states) + placed.states, floats(gradient) + placed.states,
          floats(to) + placed.states,
          {.norm = floats(norm),
           .query = section(query, 0),
           .key = cross ? section(key_value, 0) : section(query, 1),
           .value = cross ? section(key_value, 1) : section(query, 2),
           .prefix_key = prefix_key.defined() ? Matrix{floats(prefix_key), prefix_key.size(0), inner, inner} : Matrix{},
           .prefix_value =
               prefix_value.defined() ? Matrix{floats(prefix_value), prefix_value.size(0), inner, inner} : Matrix{},
           .output = floats(output),
           .bias = floats(bias),
           .memory = cross ? floats(to_memory) + placed.memory : nullptr,
           .turn = turn},
          space);
    });
    return {to,     to_memory,  bias,         {}, norm, transposed(query), transposed(key_value),
            output, prefix_key, prefix_value, {}};
  }
};

// ---------------------------------------------------------------------------------------------------- cross entropy

SoftmaxLossKernel& softmax_kernel() {
  thread_local SoftmaxLossKernel kernel;
  return kernel;
}
SoftmaxLossKernel::Problem softmax_problem(const torch::Tensor& states, const torch::Tensor& output,
                                           const torch::Tensor& labels) {
  return {.rows = states.size(0),
          .vocab = output.size(0),
          .d_model = output.size(1),
          .states = floats(states),
          .output = floats(output),
          .labels = labels.data_ptr<std::int64_t>()};
}

class CrossEntropyFunction : public torch::autograd::Function<CrossEntropyFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& states, const torch::Tensor& output,
                               const torch::Tensor& labels) {
    torch::Tensor losses = torch::empty({states.size(0)}, states.options());
    torch::Tensor log_sums = torch::empty_like(losses);
    softmax_kernel().losses(softmax_problem(states, output, labels), floats(losses), floats(log_sums));
    keep_precision(*context);
    context->save_for_backward({states, output, labels, log_sums});
    return losses;
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const MatrixPrecisionScope as_forward(kept_precision(*context));
    const auto saved = context->get_saved_variables();
    const torch::Tensor &states = saved[0], &output = saved[1], &labels = saved[2], &log_sums = saved[3];
    const torch::Tensor gradient = gradients[0].contiguous(), to_output = no_gradient_yet(output);
    torch::Tensor to = torch::empty_like(states);
    softmax_kernel().gradients(softmax_problem(states, output, labels), floats(log_sums),
                               {.losses = floats(gradient), .states = floats(to), .output = floats(to_output)});
    return {to, to_output, {}};
  }
};

class SparseCrossEntropyFunction : public torch::autograd::Function<SparseCrossEntropyFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& states, const torch::Tensor& output,
                               const torch::Tensor& labels, const torch::Tensor& bias, const torch::Tensor& offsets,
                               const torch::Tensor& columns, const torch::Tensor& shares) {
    torch::Tensor losses = torch::empty({states.size(0)}, states.options());
    torch::Tensor log_sums = torch::empty_like(losses);
    softmax_kernel().losses(with_columns(softmax_problem(states, output, labels), bias, offsets, columns, shares),
                            floats(losses), floats(log_sums));
    keep_precision(*context);
    context->save_for_backward({states, output, labels, log_sums, bias, offsets, columns, shares});
    return losses;
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const MatrixPrecisionScope as_forward(kept_precision(*context));
    const auto saved = context->get_saved_variables();
    const torch::Tensor &states = saved[0], &output = saved[1], &labels = saved[2], &log_sums = saved[3],
                        &bias = saved[4];
    const torch::Tensor gradient = gradients[0].contiguous(), to_output = no_gradient_yet(output);
    torch::Tensor to = torch::empty_like(states), to_bias = torch::empty_like(bias);
    softmax_kernel().gradients(
        with_columns(softmax_problem(states, output, labels), bias, saved[5], saved[6], saved[7]), floats(log_sums),
        {.losses = floats(gradient), .states = floats(to), .output = floats(to_output), .bias = floats(to_bias)});
    return {to, to_output, {}, to_bias, {}, {}, {}};
  }

 private:
  static SoftmaxLossKernel::Problem with_columns(SoftmaxLossKernel::Problem problem, const torch::Tensor& bias,
                                                 const torch::Tensor& offsets, const torch::Tensor& columns,
                                                 const torch::Tensor& shares) {
    problem.sparse = {.offsets = offsets.data_ptr<std::int64_t>(),
                      .columns = columns.data_ptr<std::int64_t>(),
                      .bias = floats(bias),
                      .shares = floats(shares)};
    return problem;
  }
};

// As SparseCrossEntropyFunction, by LibTorch's operators.
torch::Tensor plain_cross_entropy(const torch::Tensor& states, const torch::Tensor& output, const torch::Tensor& labels,
                                  const SparseLogits& sparse) {
  const torch::Tensor counts = sparse.offsets.diff();
  const torch::Tensor rows = torch::repeat_interleave(counts).to(states.device());
  const torch::Tensor columns = sparse.columns.to(states.device());
  const torch::Tensor logs = torch::linear(states, output)
                                 .to(torch::kFloat)
                                 .index_put({rows, columns}, sparse.bias, /*accumulate=*/true)
                                 .log_softmax(-1);
  const torch::Tensor none = torch::zeros({states.size(0)}, logs.options());
  const torch::Tensor label_share = none.index_add(0, rows, sparse.shares).neg().add(1.0);
  return -(label_share * logs.gather(1, labels.unsqueeze(1)).squeeze(1) +
           none.index_add(0, rows, sparse.shares * logs.index({rows, columns})));
}

}  // namespace

bool fused_layers_apply(const torch::Tensor& states) {
  static const bool plain = plain_by_environment();
  return !plain && plain_wishes.load() == 0 && states.is_cpu() && states.scalar_type() == torch::kFloat;
}

PlainLayers::PlainLayers() { ++plain_wishes; }
PlainLayers::~PlainLayers() { --plain_wishes; }

torch::Tensor fused_feed_forward(const torch::Tensor& states, const FeedForwardTensors& weights, double dropout) {
  const torch::Tensor rows = states.contiguous();
  const Draw draw = Draw::of(dropout);
  if (!torch::GradMode::is_enabled()) return feed_forward(rows, weights, draw, nullptr);
  return FeedForwardFunction::apply(rows, weights.norm, weights.input, weights.output, weights.epsilon,
                                    draw.probability, draw.seed);
}

torch::Tensor fused_attention(const AttentionInputs& inputs, const AttentionTensors& weights, double dropout) {
  AttentionInputs rows = inputs;
  rows.states = rows.states.contiguous();
  if (rows.memory.defined()) rows.memory = rows.memory.contiguous();
  if (rows.bias.defined()) rows.bias = rows.bias.contiguous();
  if (rows.hidden.defined()) rows.hidden = rows.hidden.contiguous();
  const Draw draw = Draw::of(dropout);
  if (!torch::GradMode::is_enabled()) return attention(rows, weights, draw);
  return AttentionFunction::apply(rows.states, or_empty(rows.memory), or_empty(rows.bias), or_empty(rows.hidden),
                                  weights.norm, weights.query, or_empty(weights.key_value), weights.output,
                                  or_empty(weights.prefix_key), or_empty(weights.prefix_value),
                                  AttentionFunction::Numbers{weights.heads, weights.epsilon, draw, rows.runs});
}

torch::Tensor fused_cross_entropy(const torch::Tensor& states, const torch::Tensor& output,
                                  const torch::Tensor& labels) {
  return CrossEntropyFunction::apply(states.contiguous(), output, labels);
}

torch::Tensor cross_entropy(const torch::Tensor& states, const torch::Tensor& output, const torch::Tensor& labels,
                            const SparseLogits& sparse) {
  if (!fused_layers_apply(states)) return plain_cross_entropy(states, output, labels, sparse);
  return SparseCrossEntropyFunction::apply(states.contiguous(), output.contiguous(), labels, sparse.bias.contiguous(),
                                           sparse.offsets, sparse.columns, sparse.shares);
}

}  // namespace p5
