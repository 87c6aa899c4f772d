#include "pipeline/evaluate_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/in_batches.h"
#include "base/json_field.h"
#include "base/logger.h"
#include "base/progress.h"
#include "base/rng.h"
#include "corpus/negatives.h"
#include "evaluate/beyond_accuracy.h"
#include "evaluate/evaluator.h"
#include "examine/answer_form.h"
#include "examine/text_evaluation.h"
#include "p5/error.h"
#include "pipeline/joined_processes.h"
#include "pipeline/rating_evaluation.h"
#include "pipeline/report_files.h"
#include "pipeline/shared_source.h"
#include "recommend/candidate_sources.h"
#include "recommend/cold_places.h"
#include "recommend/generative_source.h"
#include "recommend/opened_sources.h"
#include "retrieval/global_mean_predictor.h"
#include "retrieval/reranked_source.h"
#include "task/task_families.h"

namespace p5 {
namespace {

// The held-out partner of a trained prompt: the family's held-out prompt of the same task.
std::string held_out_prompt(const PromptLibrary& prompts, const std::string& seen) {
  const PromptTemplate& asked = prompts.at(seen);
  for (const PromptTemplate* prompt : prompts.of_family(asked.family)) {
    if (prompt->held_out && prompt->task == asked.task) return prompt->id;
  }
  return {};
}

std::string text_of(SourceOptions options) {
  OptionTable table;
  options.bind(table);
  return table.to_toml();
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::string_view kHeldOut = "held-out";  // the run, asked with held-out prompts

// All names that evaluate.rows may hold.
std::vector<std::string> known_rows() {
  std::vector<std::string> names{std::string(kHeldOut)};
  for (const auto& row : candidate_sources()) {
    if (row.name != "p5") names.emplace_back(row.name);
  }
  for (const auto& row : rating_predictors()) names.emplace_back(row.name);
  for (const std::string_view name : baseline_names()) {
    if (!contains(names, std::string(name))) names.emplace_back(name);
  }
  return names;
}

void check_rows(const std::vector<std::string>& rows) {
  const std::vector<std::string> known = known_rows();
  for (const std::string& row : rows) {
    // Numbered sources, such as "encoder#2", are on no list.
    if (contains(known, row) || (row != "p5" && find_candidate_source(row) != nullptr)) continue;
    throw usage_error("no such row of a report", {.where = "evaluate.rows",
                                                  .expected = fmt::format("some of {}", fmt::join(known, ", ")),
                                                  .got = fmt::format("'{}'", row)});
  }
}

class RunEvaluation {
 public:
  // `group`: the processes that evaluate together, borrowed; null: this one alone.
  RunEvaluation(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus,
                ProcessGroup* group)
      : config_(config),
        group_(group),
        asking_(config.evaluate),
        run_(LoadedRun::open(run.path(), {.corpus = corpus})),
        bundle_(run_->bundle),
        data_(run_->data),
        model_(load_bundle_model(bundle_, run.bundle(), config.device)),
        beyond_(*data_.ranking),
        reranker_(make_reranker(config.rerank, *data_.ranking)),
        sources_{.run = *run_,
                 .options = config.sources,
                 .folder = sources_folder(run.path()),
                 .stop = config.evaluate.stop} {
    asking_.beyond = &beyond_;
    if (has_ratings() && bundle_.scale != data_.corpus->rating_scale()) {
      log_warning(fmt::format("the run learnt stars {}, but the corpus rates {}: train anew for its stars",
                              bundle_.scale.in_words(), data_.corpus->rating_scale().in_words()));
    }
    // What was fit to other data or with other options is not kept in the run.
    sources_.keep = config.world.leads() && data_.corpus->info().data_sha256 == run.manifest().data_sha256 &&
                    text_of(config.sources) == text_of(bundle_.sources);
    const RatingMixture& mixture = bundle_.stars.mixture;
    if (config.answer.rating_mixture && !mixture.parts.empty() && !run_->has_other_data()) {
      mixed_ratings_ = std::make_unique<MixedRatings>(mixture, sources_);
    }
    negatives_ = draw_negatives(*data_.corpus, static_cast<std::size_t>(config.evaluate.negatives),
                                static_cast<std::uint64_t>(config.split.seed));
  }

  const DataSplits& data() const { return data_; }
  // What the corpus has now and had in training.
  std::string difference() const {
    if (bundle_.keys == nullptr) return "other events";
    const CatalogMap map(*bundle_.keys, *data_.corpus);
    return fmt::format("{}, {} new users", map.summary(), map.new_users());
  }

  // Keys of the users whose next item is asked for; none where the split has no histories.
  std::vector<std::string> users() const {
    std::vector<std::string> keys;
    if (!data_.ranking->is_sequential()) return keys;
    for (const UserId user : users_to_ask(*data_.ranking, part(), config_.evaluate)) {
      keys.emplace_back(data_.corpus->user_key(user));
    }
    return keys;
  }

  bool has_ratings() const { return data_.corpus->has_ratings(); }

  // The rows of the report: what evaluate.rows names; by default also those of the well-known sources that the run has
  // fitted, since the others would take minutes.
  std::vector<std::string> rows() const {
    std::vector<std::string> rows = config_.evaluate.rows;
    if (rows != EvaluateOptions().rows) return rows;
    auto place = std::next(std::ranges::find(rows, "item-knn"));
    for (const char* name : {"ease", "sasrec", "encoder"}) {
      if (is_fitted(*find_candidate_source(name), sources_)) place = std::next(rows.insert(place, name));
    }
    return rows;
  }

  TaskResults measure_model(const AnswerOptions& prompts) {
    TaskResults results;
    const auto add = [&results](TaskResult result, const std::string& prompt) {
      result.prompt = prompt;
      results.push_back(std::move(result));
    };
    const auto source = with_cold_places(
        std::make_unique<GenerativeSource>(*model_, *run_, generative_options("p5", prompts, config_.decode)),
        sources_);
    if (bundle_.task.sequential_samples > 0) {
      for (TaskResult& result : sequential(*source)) add(std::move(result), prompts.sequential_prompt);
    }
    if (trains_family_of(prompts.direct_prompt)) add(direct(*source), prompts.direct_prompt);
    if (bundle_.task.rating_samples > 0 && has_ratings()) {
      const bool answers = prompts.rating_prompt == config_.answer.rating_prompt;
      MeasuredRatings ratings =
          measure_ratings(asked(), prompts.rating_prompt, answers ? mixed_ratings_.get() : nullptr);
      add(std::move(ratings.model), prompts.rating_prompt);
      if (answers) mixed_result_ = std::move(ratings.mixed);
    }
    return results;
  }

  TextEvaluation texts() const {
    AskedRun run = asked();
    if (bundle_.task.review_samples > 0) run.words = open_review_stars(sources_);
    return TextEvaluation(std::move(run));
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

  // The same source with its lists reranked, where rerank.method says how: next item alone, since direct tasks rank
  // what they are given. "p5" is the run.
  std::optional<EvaluationRow> reranked(const std::string& name) const {
    const auto* row = find_candidate_source(name);
    if (reranker_ == nullptr || row == nullptr || (name == "p5" && bundle_.task.sequential_samples == 0)) {
      return std::nullopt;
    }
    std::unique_ptr<CandidateSource> source;
    if (name == "p5") {
      source = with_cold_places(
          std::make_unique<GenerativeSource>(*model_, *run_, generative_options("p5", config_.answer, config_.decode)),
          sources_);
    } else {
      source = open_candidate_source(name, sources_);
    }
    const std::string title = name + ", reranked";
    const RerankedSource answers(title, *source, *reranker_, static_cast<std::size_t>(config_.rerank.pool));
    return {{title, sequential(answers)}};
  }

  // One row to compare the run with; none where the data has nothing to measure it by.
  std::optional<EvaluationRow> baseline(const std::string& name) const {
    if (const auto* row = find_candidate_source(name)) {
      SourceInputs inputs = sources_;
      inputs.model = model_.get();
      // What was fused is kept with the choices of its own; other choices, made now, are for this report.
      if (row->fuses && text_of(config_.sources) != text_of(bundle_.sources)) inputs.folder.clear();
      const auto source = open_candidate_source(name, inputs);
      TaskResults results = sequential(*source);
      if (row->chooses) results.push_back(direct(*source));
      if (row->fuses && mixed_result_) results.push_back(*mixed_result_);
      return {{name, std::move(results)}};
    }
    const auto* row = find_rating_predictor(name);
    if (row == nullptr || !has_ratings()) return std::nullopt;
    return {{name, {evaluate_rating(*data_.reviews, part(), *open_source(*row, sources_), config_.evaluate)}}};
  }

 private:
  Part part() const { return config_.evaluate.part(); }
  bool trains_family_of(const std::string& prompt) const {
    return bundle_.task.samples_of(asking_family(bundle_.prompts->at(prompt)).name) > 0;
  }
  AskedRun asked() const {
    return {*model_, run_->writer, bundle_, data_, config_.evaluate, config_.decode, config_.answer};
  }

  TaskResults sequential(const CandidateSource& source) const {
    return evaluate_together(group_, source, asking_,
                             [&](const CandidateSource& asked, const EvaluateOptions& options) {
                               return evaluate_sequential(*data_.ranking, part(), asked, options);
                             });
  }

  TaskResult direct(const CandidateSource& source) const {
    return evaluate_together(group_, source, config_.evaluate,
                             [&](const CandidateSource& asked, const EvaluateOptions& options) {
                               return evaluate_direct(*data_.ranking, part(), asked, negatives_, options);
                             });
  }

  const RunConfig& config_;
  ProcessGroup* group_;
  EvaluateOptions asking_;  // config_.evaluate, and lists are measured beyond accuracy
  std::shared_ptr<const LoadedRun> run_;
  const ModelBundle& bundle_;
  const DataSplits& data_;
  std::unique_ptr<SequenceModel> model_;
  BeyondAccuracy beyond_;
  std::unique_ptr<Reranker> reranker_;  // null: lists stay in the order of their source
  SourceInputs sources_;
  std::unique_ptr<MixedRatings> mixed_ratings_;  // null: the model's stars are all there is
  std::optional<TaskResult> mixed_result_;       // of the prompt that p5 predict asks
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

std::string split_kind_of(RunConfig config, const Corpus& corpus) {
  config.split.kind = config.split.kind_for(corpus);
  OptionTable table;
  config.bind(table);
  std::string kind = table.find("split.kind")->print();
  std::erase(kind, '"');
  return kind;
}

std::string row_name(const AnswerOptions& prompts) {
  return fmt::format("p5, held-out prompts {} {} {}", prompts.sequential_prompt, prompts.direct_prompt,
                     prompts.rating_prompt);
}

Error other_data(const RunDirectory& run, const CorpusInfo& now, const std::string& difference) {
  return model_error(
      fmt::format("the corpus changed since the run was trained ({}); --changed-corpus measures it anyway", difference),
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
  check_rows(config.evaluate.rows);
  const auto group = join_processes(config.world, config.train.rank_timeout);
  RunEvaluation evaluation(run, config, corpus, group.get());
  const CorpusInfo& info = evaluation.data().corpus->info();
  if (group != nullptr) {
    require_same_settings(*group, config);
    group->require_equal("data", stable_hash(info.data_sha256));
  }
  EvaluationReport report;
  if (info.data_sha256 != run.manifest().data_sha256) {
    if (changed == ChangedCorpus::kRefuse) throw other_data(run, info, evaluation.difference());
    report.protocol.trained_data_sha256 = run.manifest().data_sha256;
  }
  report.run = run.path().string();
  report.corpus = info.name;
  report.split = config.evaluate.split;
  report.items = evaluation.data().corpus->item_count();
  report.protocol.split_kind = split_kind_of(config, *evaluation.data().corpus);
  report.protocol.settings_sha256 = settings_sha256(config);
  report.protocol.ties = info.ties;
  report.protocol.seed = static_cast<std::int64_t>(run.manifest().seed);
  report.protocol.beam = config.decode.beams;
  report.protocol.config_sha256 = run.manifest().config_sha256;
  report.protocol.data_sha256 = info.data_sha256;
  report.protocol.decoding = decoding_of(config);
  const TextEvaluation texts = evaluation.texts();
  report.tasks = evaluation.measure_model(config.answer);
  append(texts.measure(false), report.tasks);
  if (auto row = evaluation.reranked("p5")) report.rows.push_back(std::move(*row));
  for (const std::string& name : evaluation.rows()) {
    if (name == kHeldOut) {
      const AnswerOptions held_out = evaluation.held_out();
      report.rows.push_back({row_name(held_out), evaluation.measure_model(held_out), "held-out prompt"});
      append(texts.measure(true), report.rows.back().tasks);
    } else if (auto row = evaluation.baseline(name)) {
      report.rows.push_back(std::move(*row));
    }
    if (auto row = evaluation.reranked(name)) report.rows.push_back(std::move(*row));
  }
  for (auto& [name, result] : texts.baselines()) {
    if (contains(config.evaluate.rows, name)) row_named(name, report.rows).tasks.push_back(std::move(result));
  }
  report.users = evaluation.users();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace p5
