// From decoder states to the best next tokens, on the CPU: logits of only the allowed tokens, their log-probabilities
// and the best of them. Output rows are multiplied one by one where few are wanted, and as one product where rows of
// the request share a list or want nearly everything. Memory only grows. Not thread-safe; torch-free.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "decode/next_token_scorer.h"
#include "nn/decoding_kernels.h"
#include "nn/matrix_product.h"
#include "t5/t5_engine.h"

namespace p5 {

class NextTokenRanker {
 public:
  // states [.., d_model]; that of row r of the request is at place[r]. Throws Corrupted (model) for NaN. REQUIRES a
  // checked request (model/score_request_check.h).
  struct States {
    const float* data = nullptr;
    std::span<const std::int32_t> place;
  };
  void rank(const T5Engine& engine, const States& states, const ScoreRequest& request, ScoreResult& result,
            ThreadPool& pool);

 private:
  enum class Way { kRows, kShared, kWhole };
  // Rows [begin, end) of the request that are ranked together.
  struct Part {
    Way way;
    std::uint32_t begin, end;
  };
  struct Workspace {
    AlignedFloats states, logits, products;
    LeftFactor left;
    RightFactor right;
    TokenTable::Workspace table;
    std::vector<TopValue> top;
  };
  struct Job {
    const T5Engine& engine;
    const States& states;
    const ScoreRequest& request;
    ScoreResult& result;
    std::span<const TokenId> allowed(std::uint32_t row) const;  // REQUIRES a constrained request
  };

  void partition(const Job& job);
  void cut_constrained(const Job& job);
  static void pack_states(const Job& job, const Part& part, Workspace& workspace);
  static void rank_rows(const Job& job, const Part& part, Workspace& workspace);
  static void rank_shared(const Job& job, const Part& part, Workspace& workspace);
  static void rank_whole(const Job& job, const Part& part, Workspace& workspace);
  // Logits of row `row` in the order of its allowed tokens become its continuations.
  static void keep_best(const Job& job, std::uint32_t row, float* logits, std::int64_t count, Workspace& workspace);

  std::vector<Part> parts_;
  std::vector<Workspace> workspaces_;  // one per thread
};

}  // namespace p5
