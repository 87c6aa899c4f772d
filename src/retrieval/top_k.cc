#include "retrieval/top_k.h"

#include <algorithm>

namespace p5 {
namespace {

// Without an early exit, so that it becomes a few vector instructions.
bool any_above(std::span<const float> scores, float threshold) {
  int above = 0;
  for (const float score : scores) above |= static_cast<int>(score > threshold);
  return above != 0;
}

}  // namespace

std::vector<Candidate> top_k(std::span<const float> scores, std::size_t k) {
  constexpr std::size_t kBlock = 64;
  k = std::min(k, scores.size());
  std::vector<Candidate> heap;  // the worst in front
  heap.reserve(k);
  if (k == 0) return heap;
  // Items come in ascending id, so a later equal score ranks lower: only a score above the threshold enters. This also
  // excludes items that are not candidates.
  float threshold = kNotACandidate;
  for (std::size_t begin = 0; begin < scores.size(); begin += kBlock) {
    const auto block = scores.subspan(begin, std::min(kBlock, scores.size() - begin));
    if (!any_above(block, threshold)) continue;
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (!(block[i] > threshold)) continue;
      if (heap.size() == k) {
        std::pop_heap(heap.begin(), heap.end(), ranks_before);
        heap.pop_back();
      }
      heap.push_back({static_cast<ItemId>(begin + i), block[i]});
      std::push_heap(heap.begin(), heap.end(), ranks_before);
      if (heap.size() == k) threshold = heap.front().score;
    }
  }
  std::sort_heap(heap.begin(), heap.end(), ranks_before);
  return heap;
}

std::vector<Candidate> top_k(std::vector<Candidate> candidates, std::size_t k) {
  std::erase_if(candidates, [](const Candidate& candidate) { return !(candidate.score > kNotACandidate); });
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.item < b.item || (a.item == b.item && ranks_before(a, b));
  });
  const auto repeated = std::unique(candidates.begin(), candidates.end(),
                                    [](const Candidate& a, const Candidate& b) { return a.item == b.item; });
  candidates.erase(repeated, candidates.end());
  k = std::min(k, candidates.size());
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(k), candidates.end(),
                    ranks_before);
  candidates.resize(k);
  return candidates;
}

}  // namespace p5
