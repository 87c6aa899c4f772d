#include "pipeline/evaluate_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/in_batches.h"
#include "base/json_field.h"
#include "base/progress.h"
#include "corpus/negatives.h"
#include "evaluate/evaluator.h"
#include "examine/text_evaluation.h"
#include "p5/error.h"
#include "recommend/generative_source.h"
#include "recommend/star_predictor.h"
#include "retrieval/global_mean_predictor.h"
#include "retrieval/id_arithmetic_source.h"
#include "retrieval/item_knn_source.h"
#include "retrieval/matrix_factorization_predictor.h"
#include "retrieval/popularity_source.h"
#include "retrieval/user_item_mean_predictor.h"

namespace p5 {
namespace {

std::vector<std::int64_t> numbers_of(const ItemIndex& index) {
  std::vector<std::int64_t> numbers(index.size());
  for (ItemId item = 0; item < index.size(); ++item) numbers[item] = index.number(item);
  return numbers;
}

// The seen prompt's partner that no training saw: the family's held-out prompt of the same task.
std::string held_out_prompt(const PromptLibrary& prompts, const std::string& seen) {
  const PromptTemplate& asked = prompts.at(seen);
  for (const PromptTemplate* prompt : prompts.of_family(asked.family)) {
    if (prompt->held_out && prompt->task == asked.task) return prompt->id;
  }
  return {};
}

class RunEvaluation {
 public:
  RunEvaluation(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus)
      : config_(config),
        run_(LoadedRun::open(run.path(), {.corpus = corpus})),
        bundle_(run_->bundle),
        data_(run_->data),
        model_(load_bundle_model(bundle_, run.bundle(), config.device)) {
    negatives_ = draw_negatives(*data_.corpus, static_cast<std::size_t>(config.evaluate.negatives),
                                static_cast<std::uint64_t>(config.split.seed));
  }

  const DataSplits& data() const { return data_; }
  bool has_ratings() const { return data_.corpus->has_ratings(); }

  TaskResults measure_model(const AnswerOptions& prompts) {
    TaskResults results;
    const GenerativeSource source(*model_, *run_, generative_options("p5", prompts, config_.decode));
    if (bundle_.task.sequential_samples > 0) results = sequential(source);
    if (bundle_.task.direct_samples > 0) results.push_back(direct(source));
    if (bundle_.task.rating_samples > 0 && has_ratings()) results.push_back(rating(prompts.rating_prompt));
    return results;
  }

  TextEvaluation texts() const {
    return TextEvaluation({*model_, run_->writer, bundle_, data_, config_.evaluate, config_.decode, config_.answer});
  }

  AnswerOptions held_out() const {
    AnswerOptions prompts = config_.answer;
    const auto replace = [this](std::string& prompt) {
      const std::string other = held_out_prompt(*bundle_.prompts, prompt);
      if (!other.empty()) prompt = other;
    };
    replace(prompts.sequential_prompt);
    replace(prompts.direct_prompt);
    replace(prompts.rating_prompt);
    return prompts;
  }

  TaskResults measure_source(const CandidateSource& source) const {
    TaskResults results = sequential(source);
    results.push_back(direct(source));
    return results;
  }

  std::vector<EvaluationRow> baselines() const {
    std::vector<EvaluationRow> rows;
    rows.push_back({"id-arithmetic", sequential(IdArithmeticSource(numbers_of(*bundle_.index)))});
    rows.push_back({"popularity", measure_source(PopularitySource(*data_.ranking))});
    rows.push_back({"item-knn", measure_source(ItemKnnSource(*data_.ranking, config_.knn))});
    if (has_ratings()) {
      const auto measure = [&](const std::string& name, const RatingPredictor& predictor) {
        rows.push_back({name, {evaluate_rating(*data_.reviews, part(), predictor)}});
      };
      measure("user-item-mean", UserItemMeanPredictor(*data_.reviews));
      measure("matrix-factorization",
              MatrixFactorizationPredictor(*data_.reviews, config_.mf, config_.evaluate.stop));
      measure("global-mean", GlobalMeanPredictor(*data_.reviews));
    }
    return rows;
  }

 private:
  Part part() const { return config_.evaluate.part(); }

  TaskResults sequential(const CandidateSource& source) const {
    return evaluate_sequential(*data_.ranking, part(), source, config_.evaluate);
  }

  TaskResult direct(const CandidateSource& source) const {
    return evaluate_direct(*data_.ranking, part(), source, negatives_, config_.evaluate);
  }

  TaskResult rating(const std::string& prompt) {
    std::vector<std::pair<UserId, ItemId>> pairs;
    std::vector<RatingPrediction> predictions;
    for (const std::size_t i : rated(*data_.reviews, part())) {
      pairs.emplace_back(data_.corpus->users()[i], data_.corpus->items()[i]);
      predictions.push_back({.truth = data_.corpus->ratings()[i]});
    }
    const StarPredictor predictor(*model_, run_->writer, prompt);
    const BatchedWork work{"Evaluating stars", "reviews", "evaluation interrupted; nothing was written",
                           static_cast<std::size_t>(config_.evaluate.batch), config_.evaluate.stop};
    in_batches(work, pairs.size(), [&](std::size_t begin, std::size_t size) {
      const auto distributions = predictor.predict(std::span(pairs).subspan(begin, size));
      for (std::size_t i = 0; i < size; ++i) {
        predictions[begin + i].predicted =
            static_cast<float>(stars_of(distributions[i], config_.answer.stars, bundle_.stars.rating));
      }
    });
    return evaluate_rating(predictions, mean_train_rating(*data_.reviews));
  }

  const RunConfig& config_;
  std::shared_ptr<const LoadedRun> run_;
  const ModelBundle& bundle_;
  const DataSplits& data_;
  std::unique_ptr<SequenceModel> model_;
  NegativeSamples negatives_;
};

void append(TaskResults more, TaskResults& results) {
  results.insert(results.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

EvaluationRow& row_named(const std::string& name, std::vector<EvaluationRow>& rows) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const EvaluationRow& row) { return row.name == name; });
  if (found != rows.end()) return *found;
  rows.push_back({name, {}});
  return rows.back();
}

std::vector<std::pair<std::string, std::string>> decoding_of(RunConfig config) {
  OptionTable table;
  config.bind(table);
  constexpr std::string_view kPrefix = "decode.";
  std::vector<std::pair<std::string, std::string>> decoding;
  for (const OptionRow& row : table.rows()) {
    if (row.key.starts_with(kPrefix)) decoding.emplace_back(row.key.substr(kPrefix.size()), row.print());
  }
  return decoding;
}

std::string row_name(const AnswerOptions& prompts) {
  return fmt::format("p5, held-out prompts {} {} {}", prompts.sequential_prompt, prompts.direct_prompt,
                     prompts.rating_prompt);
}

Error other_data(const RunDirectory& run, const CorpusInfo& now) {
  return model_error(
      "the corpus changed since the run was trained; --changed-corpus measures all the same",
      {.where = now.name, .expected = "data with SHA-256 " + run.manifest().data_sha256, .got = now.data_sha256});
}

}  // namespace

void load_run_config(const RunDirectory& run, const OptionTable& overrides, OptionTable& table) {
  table.load_toml_file(run.config());
  change_options(table, overrides, {OptionScope::kAnswer, OptionScope::kReport, OptionScope::kMachine});
}

RunConfig load_run_config(const RunDirectory& run, const OptionTable& overrides) {
  RunConfig config;
  OptionTable table;
  config.bind(table);
  load_run_config(run, overrides, table);
  return config;
}

EvaluationReport evaluate_run(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus,
                              ChangedCorpus changed) {
  const auto start = std::chrono::steady_clock::now();
  RunEvaluation evaluation(run, config, corpus);
  const CorpusInfo& info = evaluation.data().corpus->info();
  EvaluationReport report;
  if (info.data_sha256 != run.manifest().data_sha256) {
    if (changed == ChangedCorpus::kRefuse) throw other_data(run, info);
    report.protocol.trained_data_sha256 = run.manifest().data_sha256;
  }
  report.run = run.path().string();
  report.corpus = info.name;
  report.split = config.evaluate.split;
  report.protocol.ties = info.ties;
  report.protocol.seed = static_cast<std::int64_t>(run.manifest().seed);
  report.protocol.beam = config.decode.beams;
  report.protocol.config_sha256 = run.manifest().config_sha256;
  report.protocol.data_sha256 = info.data_sha256;
  report.protocol.decoding = decoding_of(config);
  const TextEvaluation texts = evaluation.texts();
  report.tasks = evaluation.measure_model(config.answer);
  append(texts.measure(false), report.tasks);
  const AnswerOptions held_out = evaluation.held_out();
  report.rows.push_back({row_name(held_out), evaluation.measure_model(held_out)});
  append(texts.measure(true), report.rows.back().tasks);
  for (EvaluationRow& row : evaluation.baselines()) report.rows.push_back(std::move(row));
  for (auto& [row, result] : texts.baselines()) row_named(row, report.rows).tasks.push_back(std::move(result));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  write_file_atomically(run.report(), pretty_json(report.to_json()) + "\n");
  return report;
}

}  // namespace p5
