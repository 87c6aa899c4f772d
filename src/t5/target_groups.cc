#include "t5/target_groups.h"

#include <algorithm>
#include <string>

#include "model/token_batch_check.h"
#include "p5/error.h"

namespace p5 {
namespace {

std::int64_t label_in(const TargetGroup& group, TokenId token) {
  if (group.tokens == nullptr) return token;
  const auto found = std::lower_bound(group.tokens->begin(), group.tokens->end(), token);
  if (found == group.tokens->end() || *found != token) {
    throw usage_error("a target token outside the set that it competes in",
                      {.where = "TokenBatch::target", .expected = "a token of its set", .got = std::to_string(token)});
  }
  return found - group.tokens->begin();
}

}  // namespace

std::vector<TargetGroup> group_targets(const TokenBatch& batch, std::int64_t vocab) {
  check_target_sets(batch, vocab);
  check_evidence(batch, vocab);
  std::vector<TargetGroup> groups(1 + (batch.token_sets ? batch.token_sets->size() : 0));
  for (std::size_t s = 1; s < groups.size(); ++s) groups[s].tokens = &(*batch.token_sets)[s - 1];
  std::int64_t place = 0;
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (batch.target_mask[i] == 0) continue;
    TargetGroup& group = groups[batch.target_set.empty() ? 0 : batch.target_set[i]];
    group.places.push_back(place++);
    group.positions.push_back(i);
    group.labels.push_back(label_in(group, batch.target[i]));
  }
  std::erase_if(groups, [](const TargetGroup& group) { return group.places.empty(); });
  return groups;
}

KnownColumns known_columns(const TokenBatch& batch, const TargetGroup& group, const EvidenceShape& shape) {
  KnownColumns known;
  known.offsets.push_back(0);
  const bool restricted = group.tokens != nullptr;
  const std::span<const TokenId> tokens =
      restricted ? std::span<const TokenId>(*group.tokens) : std::span<const TokenId>();
  for (const std::size_t position : group.positions) {
    for_each_allowed(batch.evidence.at(position), tokens, restricted, [&](std::size_t column, const KnownToken& token) {
      known.columns.push_back(static_cast<std::int64_t>(column));
      known.depth.push_back(shape.depth_of(token));
      known.repeat.push_back(shape.repeat_of(token));
      known.feature.push_back(token.feature);
      known.share.push_back(token.share * batch.evidence.distill);
    });
    known.offsets.push_back(static_cast<std::int64_t>(known.columns.size()));
  }
  return known;
}

}  // namespace p5
