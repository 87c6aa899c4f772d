#include "t5/target_groups.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

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

bool is_certain(const TargetGroup& group) { return group.tokens != nullptr && group.tokens->size() == 1; }

bool is_small(const TargetGroup& group, const ListLimits& limits) {
  return group.tokens != nullptr && group.labels.size() * group.tokens->size() < limits.entries &&
         (limits.tokens == 0 || group.tokens->size() < limits.tokens);
}

void add(const KnownToken& token, std::size_t column, float share, const EvidenceShape& shape, KnownColumns& known) {
  known.columns.push_back(static_cast<std::int64_t>(column));
  known.depth.push_back(shape.depth_of(token));
  known.repeat.push_back(shape.repeat_of(token));
  known.feature.push_back(token.feature);
  known.share.push_back(share);
}

}  // namespace

std::vector<TargetGroup> group_targets(const TokenBatch& batch, std::int64_t vocab) {
  check_target_sets(batch, vocab);
  check_evidence(batch, vocab);
  std::map<std::uint32_t, TargetGroup> by_set;  // of many sets a batch uses few
  std::int64_t place = 0;
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (batch.target_mask[i] == 0) continue;
    const std::uint32_t set = batch.target_set.empty() ? 0 : batch.target_set[i];
    TargetGroup& group = by_set[set];
    if (set > 0) group.tokens = &(*batch.token_sets)[set - 1];
    group.places.push_back(place++);
    group.positions.push_back(i);
    group.labels.push_back(label_in(group, batch.target[i]));
  }
  std::vector<TargetGroup> groups;
  for (auto& [set, group] : by_set) groups.push_back(std::move(group));
  return groups;
}

ListedColumns listed_columns(const TokenBatch& batch, const EvidenceShape& shape, const ListLimits& limits,
                             std::vector<TargetGroup>& groups) {
  ListedColumns listed;
  listed.offsets.push_back(0);
  const bool knows = shape.depths > 0 && !batch.evidence.empty();
  for (const TargetGroup& group : groups) {
    if (!is_small(group, limits) || is_certain(group)) continue;
    for (std::size_t i = 0; i < group.labels.size(); ++i) {
      const std::size_t first = listed.columns.size();
      listed.places.push_back(group.places[i]);
      listed.columns.insert(listed.columns.end(), group.tokens->begin(), group.tokens->end());
      listed.offsets.push_back(static_cast<std::int64_t>(listed.columns.size()));
      listed.target.resize(listed.columns.size(), 0.0f);
      float left = 1.0f;
      const auto known = knows ? batch.evidence.at(group.positions[i]) : std::span<const KnownToken>();
      for_each_allowed(known, *group.tokens, true, [&](std::size_t column, const KnownToken& token) {
        add(token, first + column, token.share * batch.evidence.distill, shape, listed.known);
        listed.target[first + column] = listed.known.share.back();
        left -= listed.known.share.back();
      });
      listed.target[first + static_cast<std::size_t>(group.labels[i])] += left;
    }
  }
  std::erase_if(groups, [&](const TargetGroup& group) { return is_small(group, limits) || is_certain(group); });
  return listed;
}

KnownColumns known_columns(const TokenBatch& batch, const TargetGroup& group, const EvidenceShape& shape) {
  KnownColumns known;
  known.offsets.push_back(0);
  const bool restricted = group.tokens != nullptr;
  const std::span<const TokenId> tokens =
      restricted ? std::span<const TokenId>(*group.tokens) : std::span<const TokenId>();
  for (const std::size_t position : group.positions) {
    for_each_allowed(batch.evidence.at(position), tokens, restricted, [&](std::size_t column, const KnownToken& token) {
      add(token, column, token.share * batch.evidence.distill, shape, known);
    });
    known.offsets.push_back(static_cast<std::int64_t>(known.columns.size()));
  }
  return known;
}

}  // namespace p5
