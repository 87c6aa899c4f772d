#include "t5/source_chunks.h"

#include <algorithm>
#include <numeric>

namespace p5 {

std::int64_t read_length(const TokenBatch& batch, std::int32_t row) {
  const std::int64_t kept = kept_length(batch.source_mask, row, batch.source_length);
  return kept > 0 ? kept : batch.source_length;
}

std::vector<SourceChunk> source_chunks(const TokenBatch& batch, SourcePadding padding, std::int64_t positions) {
  std::vector<std::int64_t> length(static_cast<std::size_t>(batch.rows), batch.source_length);
  std::vector<std::int32_t> order(length.size());
  std::iota(order.begin(), order.end(), 0);
  if (padding == SourcePadding::kSkip) {
    for (const std::int32_t row : order) length[static_cast<std::size_t>(row)] = read_length(batch, row);
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
      return length[static_cast<std::size_t>(a)] > length[static_cast<std::size_t>(b)];
    });
  }
  std::vector<SourceChunk> chunks;
  for (const std::int32_t row : order) {
    if (chunks.empty() || chunks.back().positions() + chunks.back().length > positions) {
      chunks.push_back({{}, length[static_cast<std::size_t>(row)]});
    }
    chunks.back().rows.push_back(row);
  }
  return chunks;
}

}  // namespace p5
