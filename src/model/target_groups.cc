#include "model/target_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

void check_sets(const TokenBatch& batch, std::int64_t vocab) {
  if (batch.target_set.size() != batch.target.size()) {
    throw usage_error("a token batch whose parts disagree", {.where = "TokenBatch::target_set",
                                                             .expected = fmt::format("{} values", batch.target.size()),
                                                             .got = std::to_string(batch.target_set.size())});
  }
  const std::size_t count = batch.token_sets ? batch.token_sets->size() : 0;
  for (std::size_t i = 0; i < batch.target_set.size(); ++i) {
    if (batch.target_set[i] <= count) continue;
    throw usage_error("a token batch with a set that it does not bring",
                      {.where = fmt::format("TokenBatch::target_set[{}]", i),
                       .expected = fmt::format("0 to {}", count),
                       .got = std::to_string(batch.target_set[i])});
  }
  for (std::size_t s = 0; s < count; ++s) {
    const std::vector<TokenId>& set = (*batch.token_sets)[s];
    if (std::is_sorted(set.begin(), set.end()) && (set.empty() || (set.front() >= 0 && set.back() < vocab))) continue;
    throw usage_error("a token batch with a bad set", {.where = fmt::format("TokenBatch::token_sets[{}]", s),
                                                       .expected = fmt::format("ascending tokens, 0 to {}", vocab - 1),
                                                       .got = "others"});
  }
}

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
  if (!batch.target_set.empty()) check_sets(batch, vocab);
  std::vector<TargetGroup> groups(1 + (batch.token_sets ? batch.token_sets->size() : 0));
  for (std::size_t s = 1; s < groups.size(); ++s) groups[s].tokens = &(*batch.token_sets)[s - 1];
  std::int64_t place = 0;
  for (std::size_t i = 0; i < batch.target.size(); ++i) {
    if (batch.target_mask[i] == 0) continue;
    TargetGroup& group = groups[batch.target_set.empty() ? 0 : batch.target_set[i]];
    group.places.push_back(place++);
    group.labels.push_back(label_in(group, batch.target[i]));
  }
  std::erase_if(groups, [](const TargetGroup& group) { return group.places.empty(); });
  return groups;
}

}  // namespace p5
