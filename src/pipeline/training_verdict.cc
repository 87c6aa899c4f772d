#include "pipeline/training_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "base/logger.h"
#include "base/text_layout.h"
#include "evaluate/evaluator.h"
#include "evaluate/text_table.h"
#include "evaluate/verdict.h"
#include "p5/error.h"
#include "recommend/opened_sources.h"

namespace p5 {
namespace {

constexpr std::size_t kVerdictWidth = 80;
constexpr const char* kCounting[] = {"popularity", "item-knn"};

// The rankings of the baselines, on the questions of the validations.
std::vector<TaskResult> baseline_rankings(const TrainingFacts& facts) {
  const SourceInputs inputs{.run = facts.loaded,
                            .options = facts.config.sources,
                            .threads = static_cast<std::size_t>(facts.config.device.threads),
                            .folder = sources_folder(facts.run.path()),
                            .keep = true,
                            .stop = facts.config.evaluate.stop};
  EvaluateOptions asked = facts.metric.asked();
  asked.threads = facts.config.device.threads;
  std::vector<TaskResult> rankings;
  for (const char* name : kCounting) {
    const TaskResults results =
        evaluate_sequential(*facts.loaded.data.ranking, Part::kValid, *open_candidate_source(name, inputs), asked);
    rankings.push_back(*find_result(results, "sequential", "keep"));
  }
  return rankings;
}

// By cross-fitting, as p5 fuse shows it.
std::string hybrid_text(const std::optional<HybridModel>& hybrid) {
  if (!hybrid) return {};
  const auto& figures = hybrid->sequential.figures;
  const auto chosen =
      std::find_if(figures.begin(), figures.end(), [](const HybridFigure& each) { return each.chosen; });
  if (chosen == figures.end()) return {};
  return fmt::format(" The hybrid, which p5 recommend answers with: {}.", short_figure(chosen->ndcg));
}

// Empty where the best validation was before a resume, so that only its mean is known.
std::span<const double> best_per_user(const TrainingFacts& facts) {
  const std::vector<double>& values = facts.metric.best_per_user();
  if (values.empty()) return {};
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  return std::abs(mean - facts.result.best_metric) < 1e-9 ? std::span(values) : std::span<const double>();
}

std::string ranking_text(const TrainingFacts& facts) {
  const std::vector<TaskResult> rankings = baseline_rankings(facts);
  std::vector<JudgedRow> others;
  for (std::size_t i = 0; i < rankings.size(); ++i) {
    const Score* score = rankings[i].find("ndcg@10");
    others.push_back({.name = kCounting[i], .value = score->value, .per_question = score->per_question});
  }
  const JudgedRow ours{.name = "p5", .value = facts.result.best_metric, .per_question = best_per_user(facts)};
  return fmt::format("On {}, seen items allowed: {}{}",
                     counted(rankings.front().n, "validation user", "validation users"),
                     judgement("NDCG@10", ours, others), hybrid_text(facts.hybrid));
}

std::string measured_text(const TrainingFacts& facts) {
  const std::string plain = fmt::format("Best validation {} {:.4f} at step {} of {}.", facts.result.metric,
                                        facts.result.best_metric, facts.result.best_step, facts.result.steps);
  const bool ranking = facts.result.metric == "sequential.ndcg@10" && facts.result.best_step >= 0;
  if (!ranking || facts.config.evaluate.stop.stop_requested()) return plain;
  try {
    return ranking_text(facts);
  } catch (const Error& error) {
    log_debug(fmt::format("the run was not compared with baselines: {}", error.what()));
    return plain;
  }
}

// As a shell reads it.
std::string word(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_not_of(
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789_-./:@+,=") == std::string::npos;
  if (plain) return text;
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

std::string next_text(const TrainingFacts& facts) {
  const std::string run = word(facts.run.path().string());
  if (facts.config.evaluate.stop.stop_requested()) return fmt::format("Next: p5 train --out {} --resume", run);
  std::string text = fmt::format("Next: p5 evaluate {}", run);
  const Corpus& corpus = *facts.loaded.data.corpus;
  if (facts.loaded.bundle.task.sequential_samples > 0 && corpus.user_count() > 0) {
    text += fmt::format("; p5 recommend {} --user {}", run, word(std::string(corpus.user_key(0))));
  }
  return text;
}

}  // namespace

std::string shortage_of_time(const TrainResult& result) {
  if (result.stopped_by != "minutes" || result.epochs >= 1) return {};
  return fmt::format(
      " The minutes were enough for {}, {:.0f}% of one pass over the training data: more --minutes make "
      "better answers.",
      counted(static_cast<std::uint64_t>(result.steps), "step", "steps"), 100 * result.epochs);
}

std::string training_verdict(const TrainingFacts& facts) {
  return in_lines(measured_text(facts) + shortage_of_time(facts.result), kVerdictWidth, 2) + "\n" + next_text(facts);
}

}  // namespace p5
