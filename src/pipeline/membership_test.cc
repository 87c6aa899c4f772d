#include "pipeline/membership_test.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "base/draw.h"
#include "base/rng.h"
#include "model/logits_reader.h"
#include "model/text_generator.h"
#include "p5/error.h"
#include "recommend/prompt_choice.h"

namespace p5 {
namespace {

// The first trained prompt that asks what comes next.
std::string next_item_prompt(const LoadedRun& run) {
  for (const PromptTemplate& prompt : run.bundle.prompts->all()) {
    if (prompt.held_out || prompt.task != PromptTask::kNextItem || run.bundle.task.samples_of(prompt.family) == 0)
      continue;
    if (is_taught(prompt, run.bundle.task)) return prompt.id;
  }
  throw usage_error("this run's memory of a user cannot be tested",
                    {.where = "task.sequential_samples", .expected = "a run that was trained on what comes next"});
}

// log of the sum of exp(logits) over the tokens of a set.
double log_sum(std::span<const float> logits, const std::vector<TokenId>& set) {
  float most = -std::numeric_limits<float>::infinity();
  for (const TokenId token : set) most = std::max(most, logits[static_cast<std::size_t>(token)]);
  double sum = 0;
  for (const TokenId token : set) sum += std::exp(static_cast<double>(logits[static_cast<std::size_t>(token)] - most));
  return static_cast<double>(most) + std::log(sum);
}

std::vector<double> losses_among_sets(SequenceModel& model, const TokenBatch& batch) {
  const std::vector<float> logits = ability_of<LogitsReader>(model).logits(batch).logits;
  const std::size_t places = batch.target.size(), width = logits.size() / places;
  const auto length = static_cast<std::size_t>(batch.target_length);
  std::vector<double> losses(static_cast<std::size_t>(batch.rows)), counts(losses.size());
  for (std::size_t at = 0; at < places; ++at) {
    if (batch.target_mask[at] == 0 || batch.target_set[at] == 0) continue;
    const std::vector<TokenId>& set = (*batch.token_sets)[batch.target_set[at] - 1];
    if (set.size() < 2) continue;
    const auto row = std::span(logits).subspan(at * width, width);
    losses[at / length] += log_sum(row, set) - static_cast<double>(row[static_cast<std::size_t>(batch.target[at])]);
    counts[at / length] += 1;
  }
  for (std::size_t row = 0; row < losses.size(); ++row) losses[row] /= std::max(1.0, counts[row]);
  return losses;
}

}  // namespace

std::vector<double> answer_losses(SequenceModel& model, const TokenBatch& batch) {
  if (!batch.target_set.empty() && batch.token_sets != nullptr) return losses_among_sets(model, batch);
  std::vector<double> losses;
  for (const float score : ability_of<TextGenerator>(model).score_targets(batch))
    losses.push_back(-static_cast<double>(score));
  for (std::int32_t row = 0; row < batch.rows; ++row) {
    const std::int64_t tokens = kept_length(batch.target_mask, row, batch.target_length);
    losses[static_cast<std::size_t>(row)] /= static_cast<double>(std::max<std::int64_t>(1, tokens));
  }
  return losses;
}

MembershipTest::MembershipTest(const LoadedRun& run, const std::set<UserId>& users, std::uint64_t seed)
    : run_(run), prompt_(next_item_prompt(run)), seed_(seed) {
  const Split& split = *run.data.ranking;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    if (users.contains(user)) {
      list_members(user, forgotten_);
      continue;
    }
    list_members(user, kept_);
    for (const Part part : {Part::kValid, Part::kTest}) {
      const auto target = split.target_of(user, part);
      if (target) held_out_.push_back({user, split.corpus().items()[*target], split.history_for(user, part).size()});
    }
  }
  keep_sample(kept_, kMost, Rng(seed, "kept"));
  keep_sample(held_out_, kMost, Rng(seed, "held out"));
  if (held_out_.empty() || kept_.empty()) {
    throw usage_error("there is nobody to compare the forgotten with",
                      {.where = "corpus", .expected = "other users with held-out items"});
  }
}

void MembershipTest::list_members(UserId user, std::vector<Question>& questions) const {
  const auto items = run_.data.ranking->train_items(user);
  const std::size_t first = items.size() > kPerUser ? items.size() - kPerUser : 1;
  for (std::size_t at = std::max<std::size_t>(1, first); at < items.size(); ++at) {
    questions.push_back({user, items[at], at});
  }
}

std::vector<ExampleLoss> MembershipTest::losses(SequenceModel& model, const std::vector<Question>& questions) const {
  constexpr std::size_t kTogether = 64;
  std::vector<ExampleLoss> result;
  for (std::size_t begin = 0; begin < questions.size(); begin += kTogether) {
    const std::size_t end = std::min(questions.size(), begin + kTogether);
    std::vector<TokenRow> rows;
    for (std::size_t i = begin; i < end; ++i) {
      const Question& question = questions[i];
      const auto known = run_.data.ranking->history_for(question.user, Part::kTest).first(question.history);
      rows.push_back(run_.writer.row({.user = question.user, .item = question.item, .history = known}, prompt_));
    }
    const std::vector<double> of_rows = answer_losses(model, run_.writer.tokenizer().batch_of(rows));
    for (std::size_t i = begin; i < end; ++i) result.push_back({questions[i].user, of_rows[i - begin]});
  }
  return result;
}

MembershipTest::Result MembershipTest::measure(SequenceModel& model) const {
  const std::vector<ExampleLoss> outside = losses(model, held_out_);
  Result result{.forgotten = {}, .kept = attack_membership(losses(model, kept_), outside, seed_)};
  if (!forgotten_.empty()) result.forgotten = attack_membership(losses(model, forgotten_), outside, seed_);
  return result;
}

double MembershipTest::held_out_loss(SequenceModel& model) const {
  double sum = 0;
  for (const ExampleLoss& example : losses(model, held_out_)) sum += example.loss;
  return sum / static_cast<double>(held_out_.size());
}

}  // namespace p5
