#include "t5/target_runs.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace p5 {
namespace {

// Groups neighboring rows of equal length, which no useful padding would split.
SequenceRuns equal_neighbors(const TokenBatch& batch) {
  SequenceRuns runs;
  for (std::int64_t row = 0; row < batch.rows; ++row) {
    const std::int64_t length = std::max<std::int64_t>(kept_length(batch.target_mask, row, batch.target_length), 1);
    if (runs.empty() || runs.back().length != length) runs.push_back({0, length});
    ++runs.back().rows;
  }
  return runs;
}

}  // namespace

SequenceRuns padded_targets(const TokenBatch& batch) { return {{batch.rows, batch.target_length}}; }

SequenceRuns target_runs(const TokenBatch& batch, std::int64_t price) {
  const SequenceRuns equal = equal_neighbors(batch);
  // The cheapest cover of the first runs of `equal`, by its last run: dynamic programming.
  struct Cover {
    std::int64_t cost = std::numeric_limits<std::int64_t>::max();
    std::size_t before = 0;
    SequenceRun last;
  };
  std::vector<Cover> covers(equal.size() + 1);
  covers[0].cost = 0;
  for (std::size_t begin = 0; begin < equal.size(); ++begin) {
    SequenceRun run;
    for (std::size_t end = begin + 1; end <= equal.size(); ++end) {
      run = {run.rows + equal[end - 1].rows, std::max(run.length, equal[end - 1].length)};
      const std::int64_t cost = covers[begin].cost + run.tokens() + price;
      if (cost < covers[end].cost) covers[end] = {cost, begin, run};
    }
  }
  SequenceRuns runs;
  for (std::size_t end = equal.size(); end > 0; end = covers[end].before) runs.push_back(covers[end].last);
  std::reverse(runs.begin(), runs.end());
  return runs;
}

}  // namespace p5
