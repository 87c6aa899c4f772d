#include "encoders/history_rows.h"

#include <algorithm>

namespace p5 {

std::vector<TokenId> history_tokens(std::span<const std::uint32_t> history, const EncoderSpec& spec) {
  const bool masked = encoder_row(spec.options.network).targets == TargetRule::kMasked;
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(spec.options.history - (masked ? 1 : 0), 0));
  std::vector<TokenId> tokens;
  for (std::size_t i = history.size(); i-- > 0 && tokens.size() < most;) {
    if (history[i] < static_cast<std::uint64_t>(spec.items)) tokens.push_back(static_cast<TokenId>(history[i]) + 1);
  }
  std::reverse(tokens.begin(), tokens.end());
  if (masked) tokens.push_back(static_cast<TokenId>(spec.mask_token()));
  if (tokens.empty()) tokens.push_back(kPadToken);
  return tokens;
}

TokenBatch source_batch(std::span<const std::vector<TokenId>> rows) {
  TokenBatch batch;
  batch.rows = static_cast<std::int32_t>(rows.size());
  for (const auto& row : rows)
    batch.source_length = std::max(batch.source_length, static_cast<std::int32_t>(row.size()));
  const auto size = rows.size() * static_cast<std::size_t>(batch.source_length);
  batch.source.assign(size, kPadToken);
  batch.source_mask.assign(size, 0);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t begin = row * static_cast<std::size_t>(batch.source_length);
    std::copy(rows[row].begin(), rows[row].end(), batch.source.begin() + static_cast<std::ptrdiff_t>(begin));
    std::fill_n(batch.source_mask.begin() + static_cast<std::ptrdiff_t>(begin), rows[row].size(), std::uint8_t{1});
  }
  return batch;
}

}  // namespace p5
