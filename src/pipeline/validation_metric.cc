#include "pipeline/validation_metric.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/interrupt.h"
#include "corpus/negatives.h"
#include "evaluate/evaluator.h"
#include "examine/text_evaluation.h"
#include "p5/error.h"
#include "pipeline/rating_evaluation.h"
#include "pipeline/shared_source.h"
#include "pipeline/validation_loss.h"
#include "recommend/generative_source.h"
#include "recommend/prompt_choice.h"
#include "task/task_families.h"

namespace p5 {
namespace {

constexpr std::string_view kLoss = "loss";
constexpr std::string_view kRankingMetric = "sequential.ndcg@10";

// "review.star.rmse": task, part (may be empty), score.
struct MetricName {
  std::string task, part, score;
};

MetricName parsed(const std::string& name) {
  const auto first = name.find('.'), last = name.rfind('.');
  if (first == std::string::npos) return {name, "", ""};
  return {name.substr(0, first), first == last ? "" : name.substr(first + 1, last - first - 1), name.substr(last + 1)};
}

Better better_of(std::string_view score) {
  constexpr std::array<std::string_view, 3> kErrors = {kLoss, "rmse", "mae"};
  return std::ranges::find(kErrors, score) != kErrors.end() ? Better::kLower : Better::kHigher;
}

TaskResults measure_sequential(const AskedRun& asked, const LoadedRun& run, ProcessGroup* group) {
  const GenerativeSource own(asked.model, run, generative_options("validation", asked.answer, asked.decode));
  TaskResults results =
      evaluate_together(group, own, asked.evaluate, [&](const CandidateSource& source, const EvaluateOptions& options) {
        return evaluate_sequential(*asked.data.ranking, asked.part(), source, options);
      });
  for (TaskResult& result : results) {
    if (result.part == "keep") result.part.clear();  // what "sequential.ndcg@10" means
  }
  return results;
}

TaskResults measure_direct(const AskedRun& asked, const LoadedRun& run, ProcessGroup* group) {
  const GenerativeSource own(asked.model, run, generative_options("validation", asked.answer, asked.decode));
  const NegativeSamples negatives =
      draw_negatives(*asked.data.corpus, static_cast<std::size_t>(asked.evaluate.negatives),
                     static_cast<std::uint64_t>(run.bundle.split.seed));
  return evaluate_together(
      group, own, asked.evaluate, [&](const CandidateSource& source, const EvaluateOptions& options) {
        return TaskResults{evaluate_direct(*asked.data.ranking, asked.part(), source, negatives, options)};
      });
}

TaskResults measure_rating(const AskedRun& asked, const LoadedRun&, ProcessGroup*) {
  return {measure_ratings(asked, asked.answer.rating_prompt).model};
}

// Tasks whose results are not texts, and the score that each is selected by. All others are measured by TextEvaluation.
struct MeasuredTask {
  std::string_view task, score;
  std::int64_t TaskOptions::*samples;
  TaskResults (*measure)(const AskedRun& asked, const LoadedRun& run, ProcessGroup* group);  // null: alone
};
constexpr std::array<MeasuredTask, 3> kMeasured = {{
    {"sequential", "ndcg@10", &TaskOptions::sequential_samples, measure_sequential},
    {"direct", "ndcg@10", &TaskOptions::direct_samples, measure_direct},
    {"rating", "rmse", &TaskOptions::rating_samples, measure_rating},
}};

// Of the explanations that a trained prompt asks for, with the fewest hints; the loss where none is.
std::string explanation_metric(const TaskOptions& task, const PromptLibrary& prompts) {
  const std::array<std::pair<PromptHint, const char*>, 3> hints = {{
      {{}, "explanation"},
      {{.feature = true}, "explanation_feature"},
      {{.feature = true, .stars = true}, "explanation_feature_star"},
  }};
  for (const auto& [hint, name] : hints) {
    const PromptWish wish{.family = "explanation", .task = PromptTask::kExplain, .hint = hint};
    if (task.explanation_samples == 0 || find_prompt(prompts, task, wish) == nullptr) continue;
    return std::string(name) + ".rouge1";
  }
  return std::string(kLoss);
}

// "rating_yes_no" is asked by the family "rating", "explanation_feature" by "explanation".
bool is_trained(const std::string& task, const LoadedRun& run) {
  const auto& own = run.bundle.prompts->custom_families();
  if (std::ranges::find(own, task) != own.end()) return run.bundle.task.samples_of(task) > 0;
  const std::string family = task.substr(0, task.find('_'));
  const bool known = std::ranges::any_of(task_families(), [&](const TaskFamily& row) { return row.name == family; });
  return known && run.bundle.task.samples_of(family) > 0;
}

// Rankings are validated on the held-out items of users. Reported before anything is trained.
void require_questions(const std::string& task, const Split& ranking) {
  if ((task != "sequential" && task != "direct") || ranking.count(Part::kValid) > 0) return;
  const bool last_items = ranking.name() == "leave-one-out";
  throw usage_error(
      last_items ? "no user has 3 events, so there is nothing to validate with" : "the validation part has no events",
      {.where = "corpus " + ranking.corpus().info().name + ", split " + ranking.name(),
       .expected = last_items ? "users with 3 events or more: the last is for testing, the one before "
                                "for validation"
                              : "events in the part before the test part",
       .got = "none"});
}

}  // namespace

std::string default_metric(const TaskOptions& task, const PromptLibrary& prompts, bool has_ratings) {
  for (const MeasuredTask& row : kMeasured) {
    if (task.*row.samples == 0 || (row.task == "rating" && !has_ratings)) continue;
    return std::string(row.task) + "." + std::string(row.score);
  }
  return explanation_metric(task, prompts);
}

ValidationMetric::ValidationMetric(const RunConfig& config, const LoadedRun& run)
    : run_(&run), evaluate_(config.evaluate) {
  evaluate_.split = "valid";
  evaluate_.examples = 0;
  const std::int64_t most = config.train.validate_users;
  if (most > 0 && (evaluate_.users == 0 || evaluate_.users > most)) evaluate_.users = most;
  const std::string automatic = default_metric(run.bundle.task, *run.bundle.prompts, run.data.corpus->has_ratings());
  metric_.name = config.train.select == "auto" ? automatic : config.train.select;
  const MetricName name = parsed(metric_.name);
  if (metric_.name != kLoss && (name.score.empty() || !is_trained(name.task, run))) {
    throw usage_error("validation cannot measure this",
                      {.where = "train.select",
                       .expected = "auto, loss, or <task>.<score> of a trained task, such as " + automatic,
                       .got = metric_.name});
  }
  require_questions(name.task, *run.data.ranking);
  metric_.better = better_of(name.score.empty() ? name.task : name.score);
}

std::optional<double> ValidationMetric::measure(SequenceModel& model) const {
  try {
    return value(model);
  } catch (const Interrupted&) {
    return std::nullopt;
  }
}

void ValidationMetric::remember(const Score& score) const {
  if (best_ && score.value <= *best_) return;
  best_ = score.value;
  best_per_user_ = score.per_question;
}

double ValidationMetric::value(SequenceModel& model) const {
  const ModelBundle& bundle = run_->bundle;
  AskedRun asked{model, run_->writer, bundle, run_->data, evaluate_, bundle.decode, bundle.answer};
  asked.explanations = run_->explanations();
  if (metric_.name == kLoss) return validation_loss(asked);
  const MetricName name = parsed(metric_.name);
  const auto row = std::ranges::find(kMeasured, name.task, &MeasuredTask::task);
  const TaskResults results =
      row != kMeasured.end() ? row->measure(asked, *run_, group_) : TextEvaluation(asked).measure_task(name.task);
  if (const TaskResult* result = find_result(results, name.task, name.part)) {
    const double value = result->value(name.score);
    if (metric_.name == kRankingMetric) remember(*result->find(name.score));
    return value;
  }
  std::string parts;
  for (const TaskResult& result : results) {
    parts += (parts.empty() ? "" : ", ") + name.task + (result.part.empty() ? "" : "." + result.part);
  }
  throw usage_error("validation has no such result",
                    {.where = "train.select",
                     .expected = parts.empty() ? "questions in the validation part" : parts,
                     .got = metric_.name});
}

}  // namespace p5
