#include "encoders/history_rows.h"

#include <algorithm>

namespace p5 {
namespace {

bool reads_mask(const EncoderSpec& spec) { return encoder_row(spec.options.network).reading == Reading::kBothWays; }

// Places in the history of the items that are read, oldest first.
std::vector<std::size_t> read_places(std::span<const std::uint32_t> history, const EncoderSpec& spec) {
  const std::int64_t room = spec.options.history - (reads_mask(spec) ? 1 : 0);
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(room, 0));
  std::vector<std::size_t> places;
  for (std::size_t i = history.size(); i-- > 0 && places.size() < most;) {
    if (history[i] < static_cast<std::uint64_t>(spec.items)) places.push_back(i);
  }
  std::reverse(places.begin(), places.end());
  return places;
}

}  // namespace

std::vector<TokenId> history_tokens(std::span<const std::uint32_t> history, const EncoderSpec& spec) {
  std::vector<TokenId> tokens;
  for (const std::size_t place : read_places(history, spec)) {
    tokens.push_back(static_cast<TokenId>(history[place]) + 1);
  }
  if (reads_mask(spec)) tokens.push_back(static_cast<TokenId>(spec.mask_token()));
  if (tokens.empty()) tokens.push_back(kPadToken);
  return tokens;
}

std::vector<std::uint8_t> history_gaps(std::span<const std::uint32_t> history, std::span<const std::uint8_t> steps,
                                       const EncoderSpec& spec) {
  std::vector<std::uint8_t> gaps;
  for (const std::size_t place : read_places(history, spec)) gaps.push_back(steps[place]);
  if (reads_mask(spec) || gaps.empty()) gaps.push_back(0);
  return gaps;
}

TokenBatch source_batch(std::span<const std::vector<TokenId>> rows, std::span<const std::vector<std::uint8_t>> gaps) {
  TokenBatch batch;
  batch.rows = static_cast<std::int32_t>(rows.size());
  for (const auto& row : rows)
    batch.source_length = std::max(batch.source_length, static_cast<std::int32_t>(row.size()));
  const auto size = rows.size() * static_cast<std::size_t>(batch.source_length);
  batch.source.assign(size, kPadToken);
  batch.source_mask.assign(size, 0);
  if (!gaps.empty()) batch.gap.assign(size, 0);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto begin = static_cast<std::ptrdiff_t>(row * static_cast<std::size_t>(batch.source_length));
    std::ranges::copy(rows[row], batch.source.begin() + begin);
    std::fill_n(batch.source_mask.begin() + begin, rows[row].size(), std::uint8_t{1});
    if (!gaps.empty()) std::ranges::copy(gaps[row], batch.gap.begin() + begin);
  }
  return batch;
}

}  // namespace p5
