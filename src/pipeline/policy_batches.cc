#include "pipeline/policy_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <sstream>
#include <utility>

#include "model/text_generator.h"
#include "model/token_batch_check.h"
#include "p5/error.h"
#include "task/task_example.h"

namespace p5 {

PolicyBatches::PolicyBatches(SequenceModel& model, SequenceModel& base, const LoadedRun& run,
                             const EvidenceWriter* evidence, const ReinforceOptions& options, std::uint64_t seed)
    : model_(model),
      base_(base),
      run_(run),
      evidence_(evidence),
      options_(options),
      source_(model, run, generative_options("policy", run.bundle.answer, run.bundle.decode)),
      rewards_(options.rewards, *run.data.corpus, "reinforce.rewards"),
      rng_(seed, "policy batches") {
  const Split& split = *run.data.ranking;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    for (std::size_t index = 1; index < split.train_items(user).size(); ++index) positions_.push_back({user, index});
  }
  if (positions_.empty()) {
    throw usage_error("there is nothing to reinforce",
                      {.where = "reinforce.group", .expected = "users with two training items or more", .got = "none"});
  }
}

std::int64_t PolicyBatches::batches_per_epoch() const {
  return (static_cast<std::int64_t>(positions_.size()) + options_.positions - 1) / options_.positions;
}

double PolicyBatches::reward_of(const Position& position) const {
  return rewards_.of(run_.data.corpus->range_of(position.user).begin + position.index);
}

std::vector<PolicyBatches::Group> PolicyBatches::draw_groups() {
  std::vector<Group> groups;
  std::vector<CandidateQuery> queries;
  for (std::int64_t i = 0; i < options_.positions; ++i) {
    groups.push_back({positions_[rng_.below(positions_.size())], {}, 0});
    const Position& position = groups.back().position;
    const auto items = run_.data.ranking->train_items(position.user);
    queries.push_back({.user = position.user, .history = items.first(position.index)});
  }
  const auto lists = source_.retrieve(queries, static_cast<std::size_t>(options_.group));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Group& group = groups[i];
    const ItemId taken = run_.data.ranking->train_items(group.position.user)[group.position.index];
    for (const Candidate& candidate : lists[i]) group.items.push_back(candidate.item);
    auto place = std::ranges::find(group.items, taken);
    if (place == group.items.end()) {
      if (static_cast<std::int64_t>(group.items.size()) == options_.group) group.items.pop_back();
      group.items.push_back(taken);
      place = group.items.end() - 1;
    }
    group.taken = static_cast<std::size_t>(place - group.items.begin());
  }
  return groups;
}

TokenRow PolicyBatches::row_of(const Group& group, std::size_t item) const {
  const Position& position = group.position;
  const auto items = run_.data.ranking->train_items(position.user);
  const std::string& prompt = run_.bundle.answer.sequential_prompt;
  const TaskQuestion question{.user = position.user, .item = group.items[item], .history = items.first(position.index)};
  TokenRow row = run_.writer.row(question, prompt);
  if (evidence_ == nullptr) return row;
  TaskExample example = run_.writer.example(question, prompt);
  example.place = TargetPlace{.user = position.user, .first = position.index};
  evidence_->add(example, row);
  return row;
}

std::vector<double> PolicyBatches::rewards_of(std::size_t count, std::size_t taken, double reward,
                                              double rank_penalty) {
  std::vector<double> rewards(count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i == taken) continue;
    rewards[i] = 1.0 / std::log2(static_cast<double>(i) + 2);
    sum += rewards[i];
  }
  for (double& each : rewards) each = sum > 0 ? -rank_penalty * each / sum : 0.0;
  rewards[taken] = reward;
  return rewards;
}

std::vector<float> PolicyBatches::advantages(std::vector<double> rewards) {
  const auto count = static_cast<double>(rewards.size());
  const double mean = std::accumulate(rewards.begin(), rewards.end(), 0.0) / count;
  double squares = 0;
  for (const double reward : rewards) squares += (reward - mean) * (reward - mean);
  const double deviation = std::sqrt(squares / count);
  std::vector<float> result;
  for (const double reward : rewards) {
    result.push_back(deviation > 1e-9 ? static_cast<float>((reward - mean) / deviation) : 0.0f);
  }
  return result;
}

TokenBatch PolicyBatches::next() {
  const std::vector<Group> groups = draw_groups();
  std::vector<TokenRow> rows;
  for (const Group& group : groups) {
    for (std::size_t item = 0; item < group.items.size(); ++item) rows.push_back(row_of(group, item));
  }
  TokenBatch batch = run_.writer.tokenizer().batch_of(rows);
  std::vector<float> own, base;
  if (options_.kl > 0) {
    own = ability_of<TextGenerator>(model_).score_targets(batch);
    base = ability_of<TextGenerator>(base_).score_targets(batch);
  }
  batch.objective = kPolicyGradient;
  batch.row_weight.clear();
  for (const Group& group : groups) {
    std::vector<double> rewards =
        rewards_of(group.items.size(), group.taken, reward_of(group.position), options_.rank_penalty);
    for (std::size_t item = 0; item < rewards.size() && !own.empty(); ++item) {
      const std::size_t row = batch.row_weight.size() + item;
      rewards[item] -= options_.kl * (static_cast<double>(own[row]) - static_cast<double>(base[row]));
    }
    const std::vector<float> weights = advantages(std::move(rewards));
    batch.row_weight.insert(batch.row_weight.end(), weights.begin(), weights.end());
  }
  batch.family.assign(batch.row_weight.size(), 0);
  return batch;
}

std::string PolicyBatches::state() const {
  std::ostringstream text;
  for (const std::uint64_t word : rng_.state()) text << word << ' ';
  return text.str();
}

void PolicyBatches::set_state(const std::string& state) {
  std::istringstream text(state);
  Rng::State words{};
  for (std::uint64_t& word : words) text >> word;
  if (text.fail()) {
    throw model_error("not a state of these batches",
                      {.where = "batches.bin", .expected = "four numbers", .got = state});
  }
  rng_.set_state(words);
}

}  // namespace p5
