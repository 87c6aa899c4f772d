#include "model/token_batch_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "p5/error.h"

namespace p5 {
namespace {

void require_size(std::string_view field, std::size_t got, std::size_t expected) {
  if (got == expected) return;
  throw usage_error("a token batch whose parts disagree", {.where = fmt::format("TokenBatch::{}", field),
                                                           .expected = fmt::format("{} values", expected),
                                                           .got = std::to_string(got)});
}

void require_below(std::string_view field, const std::vector<std::int32_t>& ids, std::int64_t bound) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= 0 && ids[i] < bound) continue;
    throw usage_error("a token batch with an id that the model does not know",
                      {.where = fmt::format("TokenBatch::{}[{}]", field, i),
                       .expected = fmt::format("0 to {}", bound - 1),
                       .got = std::to_string(ids[i])});
  }
}

}  // namespace

void check_sources(const TokenBatch& batch, const ModelSpec& spec) {
  if (batch.rows <= 0 || batch.source_length <= 0) {
    throw usage_error("an empty token batch", {.expected = "rows and source tokens", .got = "none"});
  }
  const std::size_t cells = static_cast<std::size_t>(batch.rows) * static_cast<std::size_t>(batch.source_length);
  require_size("source", batch.source.size(), cells);
  require_size("source_mask", batch.source_mask.size(), cells);
  require_below("source", batch.source, spec.vocab_size);
  if (!reads_whole_words(batch, spec)) return;
  require_size("whole_word", batch.whole_word.size(), cells);
  require_below("whole_word", batch.whole_word, spec.whole_word_rows);
}

bool reads_whole_words(const TokenBatch& batch, const ModelSpec& spec) {
  return !batch.whole_word.empty() && spec.whole_word_rows > 0;
}

void check_targets(const TokenBatch& batch, const ModelSpec& spec) {
  const std::size_t length = static_cast<std::size_t>(std::max(batch.target_length, 0));
  const std::size_t cells = static_cast<std::size_t>(batch.rows) * length;
  require_size("target", batch.target.size(), cells);
  require_size("target_mask", batch.target_mask.size(), cells);
  require_below("target", batch.target, spec.vocab_size);
  if (!batch.decoder_input.empty()) {
    require_size("decoder_input", batch.decoder_input.size(), cells);
    require_below("decoder_input", batch.decoder_input, spec.vocab_size);
  }
  if (std::all_of(batch.target_mask.begin(), batch.target_mask.end(), [](std::uint8_t keep) { return keep == 0; })) {
    throw usage_error("a token batch without targets",
                      {.where = "TokenBatch::target_mask", .expected = "a kept token", .got = "none"});
  }
}

Targets targets_of(const TokenBatch& batch, const SequenceRuns& runs) {
  Targets targets;
  targets.count.assign(static_cast<std::size_t>(batch.rows), 0.0f);
  const auto add_row = [&](std::int64_t row, std::int64_t length) {
    for (std::int64_t place = 0; place < length; ++place) {
      const auto at = static_cast<std::size_t>(row * batch.target_length + place);
      if (batch.target_mask[at] != 0) {
        targets.kept.push_back(static_cast<std::int64_t>(targets.input.size()));
        targets.label.push_back(batch.target[at]);
        targets.row.push_back(row);
        targets.count[static_cast<std::size_t>(row)] += 1.0f;
      }
      // T5 starts with the padding token; the target follows, shifted by one position.
      const TokenId shifted = place == 0 ? kPadToken : batch.target[at - 1];
      targets.input.push_back(batch.decoder_input.empty() ? shifted : batch.decoder_input[at]);
    }
  };
  std::int64_t row = 0;
  for (const SequenceRun& run : runs) {
    for (std::int64_t i = 0; i < run.rows; ++i) add_row(row++, run.length);
  }
  return targets;
}

void check_row_weights(const TokenBatch& batch) {
  if (batch.row_weight.empty()) return;
  require_size("row_weight", batch.row_weight.size(), static_cast<std::size_t>(batch.rows));
  for (std::size_t row = 0; row < batch.row_weight.size(); ++row) {
    const bool may_be_negative = batch.objective == kPolicyGradient;
    if (std::isfinite(batch.row_weight[row]) && (may_be_negative || batch.row_weight[row] >= 0.0f)) continue;
    throw usage_error("a token batch with a bad weight", {.where = fmt::format("TokenBatch::row_weight[{}]", row),
                                                          .expected = "a finite number, 0 or more",
                                                          .got = std::to_string(batch.row_weight[row])});
  }
}

void check_evidence(const TokenBatch& batch, std::int64_t vocab) {
  const TokenEvidence& evidence = batch.evidence;
  if (evidence.empty()) return;
  require_size("evidence.offsets", evidence.offsets.size(), batch.target.size() + 1);
  bool sound = evidence.offsets.front() == 0 && evidence.offsets.back() == evidence.tokens.size() &&
               std::is_sorted(evidence.offsets.begin(), evidence.offsets.end());
  for (std::size_t position = 0; sound && position < batch.target.size(); ++position) {
    TokenId before = -1;
    for (const KnownToken& known : evidence.at(position)) {
      sound = sound && known.token > before && known.token < vocab && std::isfinite(known.feature) &&
              std::isfinite(known.share);
      before = known.token;
    }
  }
  if (sound) return;
  throw usage_error("a token batch with bad evidence",
                    {.where = "TokenBatch::evidence",
                     .expected = fmt::format("for each target position ascending tokens below {}", vocab),
                     .got = "others"});
}

void check_target_sets(const TokenBatch& batch, std::int64_t vocab) {
  if (batch.target_set.empty()) return;
  require_size("target_set", batch.target_set.size(), batch.target.size());
  const std::size_t count = batch.token_sets ? batch.token_sets->size() : 0;
  for (std::size_t i = 0; i < batch.target_set.size(); ++i) {
    if (batch.target_set[i] <= count) continue;
    throw usage_error("a token batch that names a set that it lacks",
                      {.where = fmt::format("TokenBatch::target_set[{}]", i),
                       .expected = fmt::format("0 to {}", count),
                       .got = std::to_string(batch.target_set[i])});
  }
  std::vector<std::uint32_t> named(batch.target_set.begin(), batch.target_set.end());
  std::ranges::sort(named);
  named.erase(std::unique(named.begin(), named.end()), named.end());
  for (const std::uint32_t number : named) {
    if (number == 0) continue;
    const std::size_t s = number - 1;
    const std::vector<TokenId>& set = (*batch.token_sets)[s];
    if (std::is_sorted(set.begin(), set.end()) && (set.empty() || (set.front() >= 0 && set.back() < vocab))) continue;
    throw usage_error("a token batch with a bad set", {.where = fmt::format("TokenBatch::token_sets[{}]", s),
                                                       .expected = fmt::format("ascending tokens, 0 to {}", vocab - 1),
                                                       .got = "others"});
  }
}

}  // namespace p5
