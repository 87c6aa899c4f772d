#include "pipeline/validation_loss.h"

#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "base/draw.h"
#include "base/in_batches.h"
#include "base/rng.h"
#include "corpus/negatives.h"
#include "corpus/split_facts.h"
#include "examine/question_sampler.h"
#include "model/text_generator.h"
#include "p5/error.h"
#include "recommend/prompt_choice.h"
#include "task/task_families.h"

namespace p5 {
namespace {

bool answers_with_an_item(const PromptTemplate& prompt) {
  return prompt.task == PromptTask::kNextItem || prompt.task == PromptTask::kChoose;
}

// Questions whose answer is the target item of a user; `candidates` holds what they point to.
std::vector<TaskQuestion> item_questions(const AskedRun& run, const PromptTemplate& prompt,
                                         std::vector<std::vector<ItemId>>& candidates) {
  const Split& split = *run.data.ranking;
  const NegativeSamples negatives = draw_negatives(*run.data.corpus, static_cast<std::size_t>(run.evaluate.negatives),
                                                   static_cast<std::uint64_t>(run.bundle.split.seed));
  std::vector<UserId> users = users_with_target(split, run.part());
  keep_sample(users, static_cast<std::size_t>(run.evaluate.users), review_stream(run.evaluate));
  std::vector<TaskQuestion> questions;
  candidates.reserve(users.size());
  for (const UserId user : users) {
    const ItemId target = split.corpus().items()[*split.target_of(user, run.part())];
    TaskQuestion question{.user = user, .item = target, .history = split.history_for(user, run.part())};
    if (prompt.task == PromptTask::kChoose) {
      const auto others = negatives.of(user);
      candidates.emplace_back(others.begin(), others.end()).push_back(target);
      question.candidates = candidates.back();
    }
    if (run.writer.knows_all(question, prompt.id)) questions.push_back(question);
  }
  return questions;
}

// The first trained prompt of each kind of question of each trained family.
std::vector<const PromptTemplate*> prompts_to_ask(const AskedRun& run) {
  std::set<std::pair<std::string, PromptTask>> asked;
  std::vector<const PromptTemplate*> prompts;
  for (const PromptTemplate& prompt : run.bundle.prompts->all()) {
    if (prompt.held_out || run.bundle.task.samples_of(prompt.family) == 0) continue;
    if (!is_taught(prompt, run.bundle.task)) continue;
    if (asked.emplace(prompt.family, prompt.task).second) prompts.push_back(&prompt);
  }
  return prompts;
}

struct LossSum {
  double loss = 0, tokens = 0;
};

void add_losses(const AskedRun& run, const PromptTemplate& prompt, std::span<const TaskQuestion> questions,
                LossSum& sum) {
  auto& generator = ability_of<TextGenerator>(run.model);
  const BatchedWork work{"Loss of prompt " + prompt.id, "questions", "evaluation interrupted; nothing was written",
                         static_cast<std::size_t>(run.evaluate.batch), run.evaluate.stop};
  in_batches(work, questions.size(), [&](std::size_t begin, std::size_t size) {
    std::vector<TokenRow> rows;
    for (const TaskQuestion& question : questions.subspan(begin, size)) {
      rows.push_back(run.writer.row(question, prompt.id));
      sum.tokens += static_cast<double>(rows.back().target.size());
    }
    for (const float score : generator.score_targets(pad_rows(rows))) sum.loss -= score;
  });
}

// Pretraining has no questions: a sample of its examples, with noise of their own, from the training part.
void add_pretraining_losses(const AskedRun& run, const MixtureFamily& family, LossSum& sum) {
  constexpr std::size_t kMost = 1000;
  Rng rng(static_cast<std::uint64_t>(run.bundle.split.seed), "validation of " + family.sampler->family());
  std::vector<std::size_t> indices(family.sampler->size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  keep_sample(indices, kMost, review_stream(run.evaluate));
  auto& generator = ability_of<TextGenerator>(run.model);
  const BatchedWork work{"Loss of " + family.sampler->family(), "examples",
                         "evaluation interrupted; nothing was written", static_cast<std::size_t>(run.evaluate.batch),
                         run.evaluate.stop};
  in_batches(work, indices.size(), [&](std::size_t begin, std::size_t size) {
    std::vector<TokenRow> rows;
    for (const std::size_t index : std::span(indices).subspan(begin, size)) {
      rows.push_back(run.writer.tokenizer().row(family.sampler->sample(index, rng)));
      sum.tokens += static_cast<double>(rows.back().target.size());
    }
    for (const float score : generator.score_targets(pad_rows(rows))) sum.loss -= score;
  });
}

}  // namespace

double validation_loss(const AskedRun& run) {
  LossSum sum;
  const TaskData data{.ranking = run.data.ranking,
                      .reviews = run.data.reviews,
                      .prompts = run.bundle.prompts,
                      .scale = run.bundle.scale};
  for (const MixtureFamily& family : pretraining_families(data, run.bundle.task)) {
    add_pretraining_losses(run, family, sum);
  }
  for (const PromptTemplate* prompt : prompts_to_ask(run)) {
    std::vector<std::vector<ItemId>> candidates;
    const std::vector<TaskQuestion> questions = answers_with_an_item(*prompt)
                                                    ? item_questions(run, *prompt, candidates)
                                                    : QuestionSampler(run).sample(*prompt).questions;
    add_losses(run, *prompt, questions, sum);
  }
  if (sum.tokens > 0) return sum.loss / sum.tokens;
  throw usage_error("there is nothing to validate with",
                    {.where = "train.select = loss", .expected = "questions in the validation part", .got = "none"});
}

}  // namespace p5
