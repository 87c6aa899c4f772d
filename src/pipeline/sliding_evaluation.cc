#include "pipeline/sliding_evaluation.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/progress.h"
#include "base/text_layout.h"
#include "evaluate/beyond_accuracy.h"
#include "evaluate/evaluator.h"
#include "evaluate/text_table.h"
#include "p5/error.h"
#include "recommend/candidate_sources.h"
#include "recommend/opened_sources.h"

namespace p5 {
namespace {

std::vector<std::string> names_to_fit(const std::vector<std::string>& names) {
  std::vector<std::string> fitted;
  for (const std::string& name : names) {
    const auto* row = find_candidate_source(name);
    if (row != nullptr && !row->saved_as.empty()) fitted.push_back(name);
  }
  if (!fitted.empty()) return fitted;
  throw usage_error("no source to fit before each window",
                    {.where = "evaluate.rows",
                     .expected = "a source that learns from events, such as popularity or item-knn",
                     .got = fmt::format("{}", fmt::join(names, ", "))});
}

std::size_t without_history(const TaskResults& tasks) {
  for (const Finding& finding : find_result(tasks, "sequential", "keep")->beyond) {
    if (finding.path == std::vector<std::string>{"cold_start", "history of 0"}) return finding.n;
  }
  return 0;
}

SlidingWindow measure(const LoadedRun& run, const RunConfig& config, const std::vector<std::string>& names) {
  const Split& split = *run.data.ranking;
  SlidingWindow window{.train = split.count(Part::kTrain), .test = split.count(config.evaluate.part()), .rows = {}};
  const SourceInputs inputs{.run = run,
                            .options = config.sources,
                            .threads = static_cast<std::size_t>(config.device.threads),
                            .stop = config.evaluate.stop};
  const BeyondAccuracy beyond(split);
  EvaluateOptions asking = config.evaluate;
  asking.beyond = &beyond;
  for (const std::string& name : names) {
    const auto source = open_candidate_source(name, inputs);
    window.rows.push_back({name, evaluate_sequential(split, config.evaluate.part(), *source, asking)});
  }
  window.without_history = without_history(window.rows.front().tasks);
  return window;
}

constexpr const char* kParts[] = {"keep", "drop"};
constexpr const char* kShown[] = {"hr@10", "ndcg@10"};

// Over windows: each counts the same.
double mean_over(const std::vector<SlidingWindow>& windows, std::size_t row, const char* part,
                 const std::string& score) {
  double sum = 0;
  for (const SlidingWindow& window : windows) {
    sum += find_result(window.rows[row].tasks, "sequential", part)->value(score);
  }
  return sum / static_cast<double>(windows.size());
}

}  // namespace

nlohmann::ordered_json SlidingReport::to_json() const {
  auto list = nlohmann::ordered_json::array();
  for (const SlidingWindow& window : windows) {
    EvaluationReport report;
    report.rows = window.rows;
    list.push_back({{"train", window.train},
                    {"test", window.test},
                    {"without_history", window.without_history},
                    {"rows", report.to_json()["rows"]}});
  }
  auto mean = nlohmann::ordered_json::object();
  for (std::size_t row = 0; row < windows.front().rows.size(); ++row) {
    const EvaluationRow& first = windows.front().rows[row];
    for (const char* part : kParts) {
      for (const Score& score : find_result(first.tasks, "sequential", part)->scores) {
        mean[first.name][part][score.name] = mean_over(windows, row, part, score.name);
      }
    }
  }
  return {{"run", run},      {"corpus", corpus}, {"split", split},    {"test_share", test_share},
          {"windows", list}, {"mean", mean},     {"seconds", seconds}};
}

std::string SlidingReport::to_table() const {
  TextTable table({"", "train", "users", "no history", "HR@10 allowed", "NDCG@10", "HR@10 removed", "NDCG@10"});
  for (std::size_t row = 0; row < windows.front().rows.size(); ++row) {
    const std::string& name = windows.front().rows[row].name;
    for (std::size_t at = 0; at < windows.size(); ++at) {
      const TaskResults& tasks = windows[at].rows[row].tasks;
      std::vector<std::string> cells{fmt::format("{}, window {}", name, at + 1), with_commas(windows[at].train),
                                     with_commas(find_result(tasks, "sequential", "keep")->n),
                                     with_commas(windows[at].without_history)};
      for (const char* part : kParts) {
        for (const char* score : kShown) {
          cells.push_back(fmt::format("{:.4f}", find_result(tasks, "sequential", part)->value(score)));
        }
      }
      table.add_row(std::move(cells));
    }
    std::vector<std::string> cells{name + ", mean", "", "", ""};
    for (const char* part : kParts) {
      for (const char* score : kShown) cells.push_back(fmt::format("{:.4f}", mean_over(windows, row, part, score)));
    }
    table.add_row(std::move(cells));
  }
  return fmt::format(
             "{} on {}, {} part; the newest {:g}% of all events in {} windows, sources fit anew before each; {}\n"
             "train: events before the window; allowed and removed: whether items of the history may be "
             "recommended\n\n",
             run, corpus, split, 100 * test_share, windows.size(), format_duration(seconds)) +
         table.to_text();
}

SlidingReport evaluate_sliding(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus,
                               std::int64_t windows) {
  const auto start = std::chrono::steady_clock::now();
  const auto names = names_to_fit(config.evaluate.rows);
  const ModelBundle bundle = ModelBundle::load(run.bundle());
  const auto words = static_cast<std::int32_t>(bundle_model_spec(bundle, run.bundle())->whole_word_rows);
  const DataSplits data = open_bundle_data(bundle, corpus);
  SlidingReport report{.run = run.path().string(),
                       .corpus = data.corpus->info().name,
                       .split = config.evaluate.split,
                       .test_share = config.split.temporal_test,
                       .windows = {}};
  SplitOptions split = config.split;
  split.kind = SplitOptions::Kind::kSliding;
  split.windows = windows;
  for (split.window = 1; split.window <= windows; ++split.window) {
    const LoadedRun window(bundle, make_splits(data.corpus, split), words);
    report.windows.push_back(measure(window, config, names));
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace p5
