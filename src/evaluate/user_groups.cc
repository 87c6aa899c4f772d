#include "evaluate/user_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "evaluate/estimate.h"
#include "evaluate/ranking_metrics.h"

namespace p5 {
namespace {

constexpr std::size_t kMostValues = 12;

using Questions = std::span<const AnsweredQuestion>;

using Measure = double (*)(std::size_t rank, std::size_t k);

Finding gain_finding(std::vector<std::string> path, Questions questions, const std::vector<std::size_t>& members,
                     Measure measure = ndcg_at_k) {
  std::vector<double> gains;
  for (const std::size_t i : members) gains.push_back(measure(questions[i].rank, BeyondAccuracy::kListLength));
  Estimate mean = mean_estimate(gains);
  // No hit among n leaves no spread to see, yet up to 3 / n of all may be hits (95%; Hanley and Lippman-Hand 1983).
  if (mean.value == 0 && !gains.empty()) mean.margin = std::min(1.0, 3.0 / static_cast<double>(gains.size()));
  return {.path = std::move(path), .value = mean.value, .margin = mean.margin, .n = members.size()};
}

// Quarters by value, from the smallest; equal values stay in one, so that some may be empty and are left out. A group
// is named by its least and greatest value.
void add_quarters(const std::string& name, Questions questions, const std::vector<std::optional<double>>& values,
                  std::vector<Finding>& findings) {
  std::vector<double> sorted;
  for (const auto& value : values) {
    if (value) sorted.push_back(*value);
  }
  if (sorted.empty()) return;
  std::sort(sorted.begin(), sorted.end());
  std::map<std::size_t, std::vector<std::size_t>> quarters;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    const auto below =
        static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), *values[i]) - sorted.begin());
    quarters[4 * below / sorted.size()].push_back(i);
  }
  for (const auto& [quarter, members] : quarters) {
    const auto [least, most] = std::minmax_element(
        members.begin(), members.end(), [&](std::size_t a, std::size_t b) { return *values[a] < *values[b]; });
    const double low = *values[*least], high = *values[*most];
    findings.push_back(
        gain_finding({"users", name, low < high ? fmt::format("{:g} to {:g}", low, high) : fmt::format("{:g}", low)},
                     questions, members));
  }
}

void add_values(const std::string& name, Questions questions, const std::vector<std::string>& values,
                std::vector<Finding>& findings) {
  std::map<std::string, std::vector<std::size_t>> members;
  std::size_t known = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty()) continue;
    members[values[i]].push_back(i);
    ++known;
  }
  std::vector<std::pair<std::string, std::vector<std::size_t>>> groups(members.begin(), members.end());
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  std::vector<std::size_t> others;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i < kMostValues) shown += groups[i].second.size();
    if (i >= kMostValues) others.insert(others.end(), groups[i].second.begin(), groups[i].second.end());
  }
  if (2 * shown < known) return;  // names of single users rather than groups
  for (std::size_t i = 0; i < std::min(groups.size(), kMostValues); ++i) {
    findings.push_back(gain_finding({"users", name, groups[i].first}, questions, groups[i].second));
  }
  if (!others.empty()) findings.push_back(gain_finding({"users", name, "others"}, questions, others));
}

void add_attributes(Questions questions, const Corpus& corpus, std::vector<Finding>& findings) {
  std::map<std::string, std::vector<std::optional<double>>> numbers;
  std::map<std::string, std::vector<std::string>> words;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    for (const Attribute& attribute : corpus.user_attributes(questions[i].user)) {
      if (const auto* number = std::get_if<double>(&attribute.value)) {
        auto& column = numbers[attribute.name];
        column.resize(questions.size());
        column[i] = *number;
      } else if (const auto* word = std::get_if<std::string>(&attribute.value)) {
        auto& column = words[attribute.name];
        column.resize(questions.size());
        column[i] = *word;
      }
    }
  }
  for (const auto& [name, values] : words) add_values(name, questions, values, findings);
  for (const auto& [name, values] : numbers) add_quarters(name, questions, values, findings);
}

template <typename Member>
std::vector<std::size_t> those(Questions questions, const Member& member) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (member(questions[i])) members.push_back(i);
  }
  return members;
}

void add_targets(Questions questions, const TrainFacts& facts, std::vector<Finding>& findings) {
  for (const bool known : {true, false}) {
    const auto members =
        those(questions, [&](const auto& each) { return (facts.events_of[each.target] > 0) == known; });
    const std::string name = known ? "with training events" : "without training events";
    findings.push_back(gain_finding({"targets", name, "hr@10"}, questions, members, hit_rate_at_k));
    findings.push_back(gain_finding({"targets", name, "ndcg@10"}, questions, members));
  }
}

void add_cold_start(Questions questions, const Split& split, const TrainFacts& facts, std::vector<Finding>& findings) {
  for (const std::size_t length : {0u, 1u, 2u}) {
    const auto members = those(questions, [&](const auto& each) { return each.history.size() == length; });
    findings.push_back(gain_finding({"cold_start", fmt::format("history of {}", length)}, questions, members));
  }
  const auto never = those(questions, [&](const auto& each) { return facts.events_of[each.target] == 0; });
  findings.push_back(gain_finding({"cold_start", "never trained items"}, questions, never));
  if (split.hidden_count() == 0) return;
  const auto hidden = those(questions, [&](const auto& each) { return split.is_hidden(each.target); });
  findings.push_back(gain_finding({"cold_start", "hidden items"}, questions, hidden));
}

}  // namespace

void add_user_groups(Questions questions, const Split& split, const TrainFacts& facts, std::vector<Finding>& findings) {
  std::vector<std::optional<double>> lengths;
  for (const AnsweredQuestion& question : questions) lengths.emplace_back(static_cast<double>(question.history.size()));
  add_quarters("history", questions, lengths, findings);
  add_attributes(questions, split.corpus(), findings);
  add_cold_start(questions, split, facts, findings);
  add_targets(questions, facts, findings);
}

}  // namespace p5
