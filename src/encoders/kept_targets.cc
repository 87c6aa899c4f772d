#include "encoders/kept_targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "p5/error.h"

namespace p5 {
namespace {

void check_tokens(const std::vector<TokenId>& tokens, std::size_t size, std::int64_t vocab_size, const char* what) {
  const auto bad = [vocab_size](TokenId token) { return token < 0 || token >= vocab_size; };
  if (size == 0 || tokens.size() != size || std::any_of(tokens.begin(), tokens.end(), bad)) {
    throw usage_error("a bad batch of items", {.where = what,
                                               .expected = fmt::format("{} tokens below {}", size, vocab_size),
                                               .got = fmt::format("{} tokens", tokens.size())});
  }
}

}  // namespace

void check_sources(const TokenBatch& batch, const EncoderSpec& spec) {
  const auto size = static_cast<std::size_t>(batch.rows) * static_cast<std::size_t>(batch.source_length);
  check_tokens(batch.source, size, spec.vocab_size, "TokenBatch::source");
  if (batch.source_mask.size() != size) {
    throw usage_error("a bad batch of items", {.where = "TokenBatch::source_mask", .got = "another size"});
  }
}

void check_targets(const TokenBatch& batch, const EncoderSpec& spec) {
  check_tokens(batch.target, batch.source.size(), spec.vocab_size, "TokenBatch::target");
  const auto bad = [&](const KnownToken& known) { return known.token < 1 || known.token > spec.items; };
  const auto found = std::ranges::find_if(batch.evidence.tokens, bad);
  if (found == batch.evidence.tokens.end()) return;
  throw usage_error("evidence of something that is not an item",
                    {.where = "TokenBatch::evidence", .got = fmt::format("token {}", found->token)});
}

KeptTargets kept_targets(const TokenBatch& batch, const EncoderSpec& spec) {
  check_tokens(batch.target, batch.source.size(), spec.vocab_size, "TokenBatch::target");
  KeptTargets kept;
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (batch.target_mask[i] == 0) continue;
    if (batch.target[i] < 1 || batch.target[i] > spec.items) {
      throw usage_error("a target that is no item",
                        {.where = "TokenBatch::target", .got = fmt::format("{}", batch.target[i])});
    }
    kept.places.push_back(static_cast<std::int64_t>(i));
    kept.labels.push_back(batch.target[i] - 1);
    kept.rows.push_back(static_cast<std::int64_t>(i) / batch.source_length);
  }
  if (kept.places.empty()) throw usage_error("no target is kept", {.where = "TokenBatch::target_mask"});
  return kept;
}

std::vector<std::vector<TokenId>> kept_sources(const TokenBatch& batch) {
  const auto length = static_cast<std::size_t>(batch.source_length);
  std::vector<std::vector<TokenId>> rows(static_cast<std::size_t>(batch.rows));
  for (std::size_t i = 0; i < batch.source.size(); ++i) {
    if (batch.source_mask[i] != 0) rows[i / length].push_back(batch.source[i]);
  }
  return rows;
}

}  // namespace p5
