#include "t5/step_decoder.h"

#include <algorithm>
#include <functional>

#include "nn/decoding_kernels.h"
#include "nn/row_kernels.h"

namespace p5 {
namespace {

constexpr std::int64_t kEncoderPositions = 192;  // read together: weights are read rarely, states stay in cache
constexpr std::int64_t kStepRows = 320;          // decoded together

std::size_t size_of(std::int64_t a, std::int64_t b) { return static_cast<std::size_t>(a * b); }

}  // namespace

void StepDecoder::begin(const T5Engine& engine, const TokenBatch& sources) {
  engine_ = &engine;
  steps_ = 0;
  line_.clear();
  source_count_ = sources.rows;
  if (memory_.size() < static_cast<std::size_t>(sources.rows)) memory_.resize(static_cast<std::size_t>(sources.rows));
  arena_.resize(engine.decoder().size());
  key_value_.resize(engine.decoder().size());
  begin_prefix();
  // Threads share evenly what would otherwise be one chunk.
  const std::int64_t even = static_cast<std::int64_t>(sources.source.size() / pool_.size()) + 1;
  const std::vector<SourceChunk> chunks =
      source_chunks(sources, SourcePadding::kSkip, std::min(kEncoderPositions, even));
  for (Workspace& workspace : workspaces_) workspace.engine.encoder_bias_length = -1;  // may belong to another engine
  pool_.parallel_for(chunks.size(), 1, [&](std::size_t first, std::size_t last, std::size_t worker) {
    for (std::size_t i = first; i < last; ++i) encode_sources(sources, chunks[i], workspaces_[worker]);
  });
}

void StepDecoder::begin_prefix() {
  const std::int64_t inner = engine_->spec().num_heads * engine_->spec().d_kv;
  for (std::size_t block = 0; block < arena_.size(); ++block) {
    const AttentionPrefix prefix = engine_->prefix(PrefixPlace::kDecoder, block);
    const auto rows = static_cast<std::size_t>(prefix.rows());
    if (arena_[block].size() < rows) arena_[block].resize(rows);
    if (key_value_[block].size() < rows) key_value_[block].resize(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      float* const to = arena_[block][row].resize(static_cast<std::size_t>(2 * inner));
      const auto from = [row](const ConstMatrix& part) {
        return part.data + static_cast<std::int64_t>(row) * part.stride;
      };
      std::copy_n(from(prefix.key), inner, to);
      std::copy_n(from(prefix.value), inner, to + inner);
      key_value_[block][row] = to;
    }
  }
}

// Encodes a chunk and packs its keys and values for every block of the decoder.
void StepDecoder::encode_sources(const TokenBatch& sources, const SourceChunk& chunk, Workspace& workspace) {
  const T5Spec& spec = engine_->spec();
  const std::int64_t heads = spec.num_heads, inner = heads * spec.d_kv, rows = chunk.positions();
  engine_->encode(sources, chunk, workspace.engine);
  const MatrixPrecisionScope precision(engine_->precision());
  const MatrixSession session;
  const std::size_t factors = engine_->decoder().size() * static_cast<std::size_t>(heads);
  for (std::size_t i = 0; i < chunk.rows.size(); ++i) {
    Memory& memory = memory_[static_cast<std::size_t>(chunk.rows[i])];
    const std::int64_t prefix = prefix_keys(spec, PrefixPlace::kCross);
    memory.keys = prefix + read_length(sources, chunk.rows[i]);
    const float* hidden = workspace.engine.hidden.data() + static_cast<std::int64_t>(i) * (prefix + chunk.length);
    std::copy_n(hidden, memory.keys, memory.hidden.resize(static_cast<std::size_t>(memory.keys)));
    memory.any_hidden = std::any_of(hidden, hidden + memory.keys, [](float score) { return score != 0.0f; });
    memory.key.resize(factors);
    memory.value.resize(factors);
  }
  workspace.left.pack({workspace.engine.encoded.data(), rows, spec.d_model, spec.d_model});
  const ActivationPrecisionScope of_memory;
  float* key_value = workspace.key_value.resize(size_of(rows, 2 * inner));
  for (std::size_t block = 0; block < engine_->decoder().size(); ++block) {
    const AttentionKernel& cross = *engine_->decoder()[block].cross;
    multiply(workspace.left, cross.key(), {key_value, rows, inner, 2 * inner});
    multiply(workspace.left, cross.value(), {key_value + inner, rows, inner, 2 * inner});
    for (std::size_t i = 0; i < chunk.rows.size(); ++i) {
      Memory& memory = memory_[static_cast<std::size_t>(chunk.rows[i])];
      pack_memory(block, key_value + static_cast<std::int64_t>(i) * chunk.length * 2 * inner, memory, workspace);
    }
  }
}

// `own` [memory.keys - prefix, 2 * inner]: what a block reads of a source.
void StepDecoder::pack_memory(std::size_t block, const float* own, Memory& memory, Workspace& workspace) const {
  const T5Spec& spec = engine_->spec();
  const std::int64_t heads = spec.num_heads, inner = heads * spec.d_kv;
  const AttentionPrefix prefix = engine_->prefix(PrefixPlace::kCross, block);
  const float* first = own;
  if (prefix.rows() > 0) {
    float* to = workspace.joined.resize(size_of(memory.keys, 2 * inner));
    first = to;
    for (std::int64_t row = 0; row < prefix.rows(); ++row) {
      to = std::copy_n(prefix.key.data + row * prefix.key.stride, inner, to);
      to = std::copy_n(prefix.value.data + row * prefix.value.stride, inner, to);
    }
    std::copy_n(own, (memory.keys - prefix.rows()) * 2 * inner, to);
  }
  for (std::int64_t head = 0; head < heads; ++head, first += spec.d_kv) {
    const std::size_t at = block * static_cast<std::size_t>(heads) + static_cast<std::size_t>(head);
    memory.key[at].pack_transposed({first, memory.keys, spec.d_kv, 2 * inner});
    memory.value[at].pack({first + inner, memory.keys, spec.d_kv, 2 * inner});
  }
}

// Ancestries of the new rows: that of the parent, or the only slots of the prefix, then the row itself.
void StepDecoder::extend_ancestry(const Rows& rows) {
  const bool starts = rows.parent.empty();
  const std::int64_t before = starts ? prefix_keys(engine_->spec(), PrefixPlace::kDecoder) : steps_;
  const std::int64_t count = static_cast<std::int64_t>(rows.source.size());
  steps_ = before + 1;
  next_line_.resize(size_of(count, steps_));
  for (std::int64_t row = 0; row < count; ++row) {
    std::int32_t* to = next_line_.data() + row * steps_;
    if (starts) {
      std::fill_n(to, before, 0);
    } else if (before > 0) {
      std::copy_n(line_.data() + rows.parent[static_cast<std::size_t>(row)] * before, before, to);
    }
    to[before] = static_cast<std::int32_t>(row);
  }
  line_.swap(next_line_);
}

// Into parts of whole sources, so that each part can be decoded separately.
void StepDecoder::partition(const Rows& rows) {
  const auto count = static_cast<std::int64_t>(rows.source.size());
  const std::int64_t even = count / static_cast<std::int64_t>(pool_.size()) + 1, most = std::min(kStepRows, even);
  parts_.clear();
  for (std::int64_t begin = 0; begin < count;) {
    std::int64_t end = begin;
    while (end < count && rows.source[static_cast<std::size_t>(end)] == rows.source[static_cast<std::size_t>(begin)]) {
      ++end;
    }
    if (parts_.empty() || end - parts_.back().begin > most) {
      parts_.push_back({begin, end});
    } else {
      parts_.back().end = end;
    }
    begin = end;
  }
}

const float* StepDecoder::step(const Rows& rows) {
  const T5Spec& spec = engine_->spec();
  const auto count = static_cast<std::int64_t>(rows.source.size());
  extend_ancestry(rows);
  partition(rows);
  engine_->fill_step_bias(steps_, bias_.resize(size_of(spec.num_heads, steps_)));
  const auto step = static_cast<std::size_t>(steps_ - 1);
  for (std::size_t block = 0; block < arena_.size(); ++block) {
    if (arena_[block].size() <= step) arena_[block].resize(step + 1);
    key_value_[block].resize(step + 1);
    key_value_[block][step] = arena_[block][step].resize(size_of(count, 2 * spec.num_heads * spec.d_kv));
  }
  states_.resize(size_of(count, spec.d_model));
  finished_.resize(size_of(count, spec.d_model));
  const auto run_parts = [&](std::size_t first, std::size_t last, std::size_t worker) {
    for (std::size_t i = first; i < last; ++i) run(rows, parts_[i], workspaces_[worker]);
  };
  pool_.parallel_for(parts_.size(), 1, std::ref(run_parts));  // a reference, so that the function needs no memory
  return finished_.data();
}

void StepDecoder::run(const Rows& rows, const Part& part, Workspace& workspace) {
  const MatrixPrecisionScope precision(engine_->precision());
  const MatrixSession session;
  const std::int64_t d_model = engine_->spec().d_model;
  float* states = states_.data() + part.begin * d_model;
  for (std::int64_t row = 0; row < part.rows(); ++row) {
    engine_->embed(rows.token[static_cast<std::size_t>(part.begin + row)], states + row * d_model);
  }
  for (std::size_t block = 0; block < engine_->decoder().size(); ++block) {
    const T5Engine::DecoderBlock& weights = engine_->decoder()[block];
    SubLayerTail::Workspace& tail = workspace.engine.tail;
    weights.self_tail.begin(part.rows(), states, tail);
    attend_to_self(block, part, states, workspace);
    weights.self_tail.end(part.rows(), states, tail);
    weights.cross_tail.begin(part.rows(), states, tail);
    attend_to_source(block, rows, part, states, workspace);
    weights.cross_tail.end(part.rows(), states, tail);
    weights.feed_forward_tail.begin(part.rows(), states, tail);
    weights.feed_forward->forward(part.rows(), states, workspace.engine.feed_forward);
    weights.feed_forward_tail.end(part.rows(), states, tail);
  }
  engine_->finish(states, part.rows(), finished_.data() + part.begin * d_model,
                  workspace.inverse.resize(static_cast<std::size_t>(part.rows())));
}

void StepDecoder::attend_to_self(std::size_t block, const Part& part, float* states, Workspace& workspace) {
  const AttentionKernel& kernel = *engine_->decoder()[block].self;
  const AttentionWeights& weights = kernel.weights();
  const std::int64_t rows = part.rows(), d_model = weights.d_model, inner = weights.inner();
  float* normed = workspace.normed.resize(size_of(rows, d_model));
  norm_rows({weights.norm, d_model, weights.epsilon}, states, rows, normed,
            workspace.inverse.resize(static_cast<std::size_t>(rows)));
  workspace.left.pack({normed, rows, d_model, d_model});
  float* query = workspace.query.resize(size_of(rows, inner));
  float* written = arena_[block][static_cast<std::size_t>(steps_ - 1)].data() + part.begin * 2 * inner;
  multiply(workspace.left, kernel.query(), {query, rows, inner, inner});
  multiply(workspace.left, kernel.key(), {written, rows, inner, 2 * inner});
  multiply(workspace.left, kernel.value(), {written + inner, rows, inner, 2 * inner});
  float* mixed = workspace.mixed.resize(size_of(rows, inner));
  attend_to_steps({.rows = rows,
                   .heads = weights.heads,
                   .d_kv = weights.d_kv,
                   .steps = steps_,
                   .query = query,
                   .key_value = key_value_[block].data(),
                   .slots = line_.data() + part.begin * steps_,
                   .bias = bias_.data()},
                  workspace.step_scores.resize(static_cast<std::size_t>(steps_)), mixed);
  workspace.left.pack({mixed, rows, inner, inner});
  multiply(workspace.left, kernel.output(), {states, rows, d_model, d_model}, Sum::kAdd);
}

void StepDecoder::attend_to_source(std::size_t block, const Rows& rows, const Part& part, float* states,
                                   Workspace& workspace) {
  const AttentionKernel& kernel = *engine_->decoder()[block].cross;
  const AttentionWeights& weights = kernel.weights();
  const std::int64_t d_model = weights.d_model, inner = weights.inner();
  float* normed = workspace.normed.resize(size_of(part.rows(), d_model));
  norm_rows({weights.norm, d_model, weights.epsilon}, states, part.rows(), normed,
            workspace.inverse.resize(static_cast<std::size_t>(part.rows())));
  workspace.left.pack({normed, part.rows(), d_model, d_model});
  multiply(workspace.left, kernel.query(),
           {workspace.query.resize(size_of(part.rows(), inner)), part.rows(), inner, inner});
  float* mixed = workspace.mixed.resize(size_of(part.rows(), inner));
  for (Part group{part.begin, part.begin}; group.begin < part.end; group.begin = group.end) {
    const std::int32_t source = rows.source[static_cast<std::size_t>(group.begin)];
    while (group.end < part.end && rows.source[static_cast<std::size_t>(group.end)] == source) ++group.end;
    read_source(block, memory_[static_cast<std::size_t>(source)], group, part.begin, workspace);
  }
  workspace.left.pack({mixed, part.rows(), inner, inner});
  multiply(workspace.left, kernel.output(), {states, part.rows(), d_model, d_model}, Sum::kAdd);
}

// The rows of one source read its memory, head by head; `first` is the first row in workspace.query.
void StepDecoder::read_source(std::size_t block, const Memory& memory, const Part& group, std::int64_t first,
                              Workspace& workspace) const {
  const ActivationPrecisionScope precision;
  const AttentionWeights& weights = engine_->decoder()[block].cross->weights();
  const std::int64_t rows = group.rows(), keys = memory.keys, width = weights.d_kv, inner = weights.inner();
  const std::int64_t at = (group.begin - first) * inner;
  float* scores = workspace.scores.resize(size_of(rows, keys));
  for (std::int64_t head = 0; head < weights.heads; ++head) {
    const std::size_t factor = block * static_cast<std::size_t>(weights.heads) + static_cast<std::size_t>(head);
    workspace.left_query.pack({workspace.query.data() + at + head * width, rows, width, inner});
    multiply(workspace.left_query, memory.key[factor], {scores, rows, keys, keys});
    for (std::int64_t row = 0; row < rows; ++row) {
      softmax_row(scores + row * keys, nullptr, memory.any_hidden ? memory.hidden.data() : nullptr, keys);
    }
    workspace.left_scores.pack({scores, rows, keys, keys});
    multiply(workspace.left_scores, memory.value[factor],
             {workspace.mixed.data() + at + head * width, rows, width, inner});
  }
}

}  // namespace p5
