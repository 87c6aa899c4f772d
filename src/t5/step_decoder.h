// Decoding one token at a time over a T5Engine: sources are encoded and their keys and values packed once, and a step
// costs one position per row. Keys and values of earlier steps stay where they were written; a row finds those of its
// ancestors by index. Memory only grows, so that an object that is used again allocates nothing. Not thread-safe;
// spreads the work over its own threads. Torch-free.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "t5/t5_engine.h"

namespace p5 {

class StepDecoder {
 public:
  // `threads` 0 uses all of the machine.
  explicit StepDecoder(std::int64_t threads) : pool_(static_cast<std::size_t>(threads)), workspaces_(pool_.size()) {}

  // Encodes the sources. The engine must stay until the next begin(). REQUIRES checked sources.
  void begin(const T5Engine& engine, const TokenBatch& sources);
  std::int32_t source_count() const { return source_count_; }

  // One step of rows ordered by source, rows of one source side by side.
  struct Rows {
    std::span<const std::int32_t> source;
    std::span<const std::int32_t> parent;  // the row of the previous step that each row continues; empty: a new start
    std::span<const TokenId> token;        // the newest of each row
  };
  // States for the output matrix [rows, d_model], which stay until the next step.
  const float* step(const Rows& rows);

  ThreadPool& pool() { return pool_; }

 private:
  // For one source, per decoder block and head.
  struct Memory {
    std::int64_t keys = 0;  // with those of the prefix, which come first
    bool any_hidden = false;
    AlignedFloats hidden;  // [keys]
    std::vector<RightFactor> key, value;
  };
  struct Workspace {
    T5Engine::Workspace engine;
    AlignedFloats key_value, joined, normed, inverse, query, mixed, scores, step_scores;
    LeftFactor left, left_query, left_scores;
  };
  // Rows [begin, end) of a step, all rows of their sources.
  struct Part {
    std::int64_t begin = 0, end = 0;
    std::int64_t rows() const { return end - begin; }
  };

  // Lays out the prefix of the decoder's self-attention as steps before the first, which have one slot.
  void begin_prefix();
  void pack_memory(std::size_t block, const float* own, Memory& memory, Workspace& workspace) const;
  void encode_sources(const TokenBatch& sources, const SourceChunk& chunk, Workspace& workspace);
  void extend_ancestry(const Rows& rows);
  void partition(const Rows& rows);
  void run(const Rows& rows, const Part& part, Workspace& workspace);
  void attend_to_self(std::size_t block, const Part& part, float* states, Workspace& workspace);
  void attend_to_source(std::size_t block, const Rows& rows, const Part& part, float* states, Workspace& workspace);
  void read_source(std::size_t block, const Memory& memory, const Part& group, std::int64_t first,
                   Workspace& workspace) const;

  const T5Engine* engine_ = nullptr;
  ThreadPool pool_;
  std::vector<Workspace> workspaces_;  // one per thread
  std::int32_t source_count_ = 0;
  std::vector<Memory> memory_;                        // one per source
  std::int64_t steps_ = 0;                            // the prefix's, which come first, and the tokens'
  std::vector<std::vector<AlignedFloats>> arena_;     // per block and step: [rows of that step, 2 * inner]
  std::vector<std::vector<const float*>> key_value_;  // per block and step
  std::vector<std::int32_t> line_, next_line_;        // [rows, steps]: a row's ancestor at every step
  std::vector<Part> parts_;
  AlignedFloats bias_, states_, finished_;
};

}  // namespace p5
