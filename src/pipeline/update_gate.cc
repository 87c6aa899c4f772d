#include "pipeline/update_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "base/rng.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

double mean(std::span<const double> values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

GateRow row_of(const GateGroup& group, const UpdateOptions& options) {
  assert(group.current.size() == group.next.size());
  return {.name = group.name,
          .users = group.users,
          .asked = group.next.size(),
          .current = mean(group.current),
          .next = mean(group.next),
          .change = paired_bootstrap(group.next, group.current, static_cast<std::size_t>(options.resamples),
                                     static_cast<std::uint64_t>(options.seed)),
          .judged = group.next.size() >= kFewestGateQuestions};
}

// The middle 95% of sums over groups of their resampled means, each by its share of the users.
BootstrapInterval stratified(std::span<const GateGroup> groups, double users, const UpdateOptions& options) {
  std::vector<double> sums(static_cast<std::size_t>(options.resamples), 0.0);
  double difference = 0;
  for (const GateGroup& group : groups) {
    const std::size_t count = group.next.size();
    if (count == 0) continue;
    const double share = static_cast<double>(group.users) / users;
    std::vector<double> differences(count);
    for (std::size_t i = 0; i < count; ++i) differences[i] = group.next[i] - group.current[i];
    difference += share * mean(differences);
    Rng rng(static_cast<std::uint64_t>(options.seed), group.name);
    for (double& sum : sums) {
      double drawn = 0;
      for (std::size_t i = 0; i < count; ++i) drawn += differences[rng.below(count)];
      sum += share * drawn / static_cast<double>(count);
    }
  }
  return bootstrap_interval(difference, std::move(sums));
}

GateRow all_users(std::span<const GateGroup> groups, const UpdateOptions& options) {
  GateRow all{.name = "all users"};
  for (const GateGroup& group : groups) {
    if (group.next.empty()) continue;
    all.users += group.users;
    all.asked += group.next.size();
    all.current += static_cast<double>(group.users) * mean(group.current);
    all.next += static_cast<double>(group.users) * mean(group.next);
  }
  if (all.asked == 0) return all;
  const auto users = static_cast<double>(all.users);
  all.current /= users;
  all.next /= users;
  all.change = stratified(groups, users, options);
  all.judged = all.asked >= kFewestGateQuestions;
  return all;
}

}  // namespace

std::vector<GateRow> gate_rows(std::span<const GateGroup> groups, const UpdateOptions& options) {
  std::vector<GateRow> rows;
  if (GateRow all = all_users(groups, options); all.asked > 0) rows.push_back(std::move(all));
  for (const GateGroup& group : groups) {
    if (!group.next.empty()) rows.push_back(row_of(group, options));
  }
  return rows;
}

GateVerdict judge(std::span<const GateRow> rows, const UpdateOptions& options) {
  if (options.promote == PromoteRule::kAlways) return {.promote = true, .why = "update.promote is always"};
  if (rows.empty() || !rows.front().judged) {
    return {.promote = false, .why = fmt::format("fewer than {} users to ask for", kFewestGateQuestions)};
  }
  for (const GateRow& row : rows) {
    if (row.judged && row.change.high < -options.tolerance) {
      return {.promote = false, .why = "worse for " + row.name};
    }
  }
  if (options.promote == PromoteRule::kNotWorse) return {.promote = true, .why = "worse for no group of users"};
  if (rows.front().change.low > 0) return {.promote = true, .why = "better for all users, worse for no group"};
  return {.promote = false, .why = "not better beyond chance"};
}

std::string gate_table(std::span<const GateRow> rows) {
  TextTable table({"NDCG@10 of the held-out event", "users", "asked", "current", "new", "change", "95% interval"});
  for (const GateRow& row : rows) {
    table.add_row({row.name + (row.judged ? "" : " (too few)"), std::to_string(row.users), std::to_string(row.asked),
                   fmt::format("{:.4f}", row.current), fmt::format("{:.4f}", row.next),
                   fmt::format("{:+.4f}", row.change.difference),
                   fmt::format("{:+.4f} to {:+.4f}", row.change.low, row.change.high)});
  }
  return table.to_text();
}

nlohmann::ordered_json to_json(std::span<const GateRow> rows) {
  auto list = nlohmann::ordered_json::array();
  for (const GateRow& row : rows) {
    list.push_back({{"users", row.name},
                    {"count", row.users},
                    {"asked", row.asked},
                    {"current", row.current},
                    {"new", row.next},
                    {"change", row.change.difference},
                    {"low", row.change.low},
                    {"high", row.change.high},
                    {"judged", row.judged}});
  }
  return list;
}

}  // namespace p5
