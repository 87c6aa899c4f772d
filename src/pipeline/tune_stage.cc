#include "pipeline/tune_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/progress.h"
#include "evaluate/text_table.h"
#include "p5/error.h"
#include "pipeline/measure_stage.h"
#include "pipeline/settings.h"
#include "pipeline/trial_runner.h"
#include "search/setting_importance.h"
#include "search/successive_halving.h"
#include "search/tpe_sampler.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

std::string method_name(TuneOptions::Method method) {
  switch (method) {
    case TuneOptions::Method::kRandom:
      return "random";
    case TuneOptions::Method::kTpe:
      return "tpe";
    case TuneOptions::Method::kHalving:
      return "halving";
  }
  return {};
}

class Search {
 public:
  explicit Search(const TuneRequest& request) : request_(request), space_(SearchSpace::load(request.space)) {
    config_.bind(table_);
    if (!request.config.empty()) table_.load_toml_file(request.config);
    set_options(request.settings, table_);
    check_space();
    if (halves()) budgets_ = budgets();
    fs::create_directories(request.out);
    journal_ = std::make_unique<TrialJournal>(request.out / "journal.jsonl", describe());
  }

  void run() {
    if (halves()) {
      run_rungs();
    } else {
      for (std::size_t number = 0; number < trials(); ++number) {
        if (journal_->find(number, 0) == nullptr) measure({.number = number, .point = suggest(number)});
      }
    }
  }

  TuneResult result() const {
    TuneResult result{.source = config_.source, .trials = journal_->trials()};
    std::stable_sort(result.trials.begin(), result.trials.end(), [](const Trial& a, const Trial& b) {
      if (a.score.has_value() != b.score.has_value()) return a.score.has_value();
      if (a.rung != b.rung) return a.rung > b.rung;
      return a.score.value_or(0) > b.score.value_or(0);
    });
    if (result.trials.empty() || !result.trials.front().score) {
      throw usage_error("every trial failed",
                        {.where = (request_.out / "journal.jsonl").string(),
                         .got = result.trials.empty() ? "no trial" : result.trials.front().problem});
    }
    result.importance = importance();
    result.best_config = request_.out / "best.toml";
    write_file_atomically(result.best_config, best_toml(result.trials.front()));
    write_file_atomically(request_.out / "trials.md", result.to_markdown());
    return result;
  }

 private:
  bool halves() const { return request_.options.method == TuneOptions::Method::kHalving; }
  std::size_t trials() const { return static_cast<std::size_t>(request_.options.trials); }

  // Mistakes in keys and ends show before the first trial.
  void check_space() const {
    OptionTable of_sources;
    SourceOptions sources;
    sources.bind(of_sources);
    for (const SearchSetting& setting : space_.settings()) {
      if (!config_.source.empty() && of_sources.find(setting.key) == nullptr) {
        throw usage_error("not a setting of a source", {.where = request_.space.string(),
                                                        .expected = "settings of sources, such as knn.recency",
                                                        .got = setting.key});
      }
      EntryConfig scratch;
      OptionTable table;
      scratch.bind(table);
      for (const double coordinate : {0.0, 1.0})
        table.set(setting.key, setting.value_at(coordinate), request_.space.string());
    }
  }

  std::vector<double> budgets() const {
    const TuneOptions& options = request_.options;
    const OptionRow* row = table_.find(options.budget);
    if (row == nullptr || (row->type != OptionType::kInteger && row->type != OptionType::kReal)) {
      throw usage_error("no such budget", {.where = "tune.budget",
                                           .expected = "a number among the options, such as train.max_steps",
                                           .got = options.budget});
    }
    if (!(options.budget_min > 0) || options.budget_max < options.budget_min) {
      throw usage_error("bad budgets of successive halving",
                        {.where = "tune.budget_min and tune.budget_max",
                         .expected = "0 < smallest <= largest",
                         .got = fmt::format("{} and {}", options.budget_min, options.budget_max)});
    }
    return rung_budgets({.smallest = options.budget_min, .largest = options.budget_max, .factor = options.factor});
  }

  std::string describe() const {
    const TuneOptions& options = request_.options;
    const std::string data = Corpus::open(request_.corpus)->info().data_sha256;
    std::string text = fmt::format("{} seed {}, {}, configuration {}, data {}, space {}", method_name(options.method),
                                   options.seed, config_.source.empty() ? "runs" : "source " + config_.source,
                                   sha256_hex(table_.to_toml()).substr(0, 12), data.substr(0, 12),
                                   sha256_hex(space_.describe()).substr(0, 12));
    if (halves()) text += fmt::format(", {} trials, {} {}", options.trials, options.budget, fmt::join(budgets_, " "));
    if (options.method == TuneOptions::Method::kTpe) text += fmt::format(", startup {}", options.startup);
    return text;
  }

  // Of the trials before `number`; a failed one counts as the worst there is, so that it is not tried again.
  std::vector<Observation> observed(std::size_t number) const {
    std::vector<Observation> found;
    for (std::size_t i = 0; i < number; ++i) {
      const Trial* trial = journal_->find(i, 0);
      if (trial != nullptr) found.push_back({.point = trial->point, .score = trial->score.value_or(0)});
    }
    return found;
  }

  SearchPoint suggest(std::size_t number) const {
    Rng rng(request_.options.seed, fmt::format("trial {}", number));
    if (request_.options.method != TuneOptions::Method::kTpe) return space_.random_point(rng);
    const TpeSampler sampler(space_, {.startup = static_cast<std::size_t>(request_.options.startup),
                                      .candidates = static_cast<std::size_t>(request_.options.candidates)});
    return sampler.suggest(observed(number), rng);
  }

  void run_rungs() {
    std::vector<std::size_t> numbers(trials());
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
    for (std::size_t rung = 0; rung < budgets_.size() && !numbers.empty(); ++rung) {
      std::vector<double> scores;
      for (const std::size_t number : numbers) {
        if (journal_->find(number, rung) == nullptr) {
          measure({.number = number, .rung = rung, .budget = budgets_[rung], .point = suggest(number)});
        }
        scores.push_back(journal_->find(number, rung)->score.value_or(std::numeric_limits<double>::quiet_NaN()));
      }
      std::vector<std::size_t> next;
      for (const std::size_t i : promoted(scores, request_.options.factor)) next.push_back(numbers[i]);
      numbers = std::move(next);
    }
  }

  std::string budget_text(double budget) const {
    return table_.find(request_.options.budget)->type == OptionType::kInteger
               ? fmt::format("{}", static_cast<std::int64_t>(std::round(budget)))
               : fmt::format("{:.6g}", budget);
  }

  Settings settings_of_trial(const Trial& trial) const {
    Settings settings;
    for (const auto& [key, value] : trial.settings) settings.push_back({.key = key, .value = value, .origin = "trial"});
    if (trial.budget > 0) {
      settings.push_back({.key = request_.options.budget, .value = budget_text(trial.budget), .origin = "trial"});
    }
    return settings;
  }

  void measure(Trial trial) {
    stop_if_requested(request_.stop, "interrupted; the trials that ended are kept, and the same command continues");
    for (std::size_t i = 0; i < space_.size(); ++i) {
      trial.settings.emplace_back(space_.settings()[i].key, space_.settings()[i].value_at(trial.point[i]));
    }
    TrialRunner& of_trials = runner();  // opens the data, outside of the trial's time
    const auto start = Clock::now();
    try {
      trial.score =
          of_trials.run(settings_of_trial(trial), fmt::format("trial-{}-{}", trial.number + 1, trial.rung + 1));
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      trial.problem = error.what();
    }
    trial.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::string text;
    for (const auto& [key, value] : trial.settings) text += fmt::format(" {} = {}", key, value);
    log_info(fmt::format("trial {}{}: {} in {};{}", trial.number + 1,
                         halves() ? fmt::format(" with {} {}", request_.options.budget, budget_text(trial.budget)) : "",
                         trial.score ? fmt::format("validation NDCG@10 {:.4f}", *trial.score) : trial.problem,
                         format_duration(trial.seconds), text),
             {{"trial", static_cast<std::int64_t>(trial.number + 1)},
              {"ndcg@10", trial.score.value_or(std::numeric_limits<double>::quiet_NaN())},  // null where it failed
              {"seconds", trial.seconds}});
    journal_->add(std::move(trial));
  }

  // Made when the first trial runs: a search that has ended opens no data.
  TrialRunner& runner() {
    if (runner_ != nullptr) return *runner_;
    const TrialInputs inputs{.corpus = request_.corpus,
                             .config = request_.config,
                             .settings = request_.settings,
                             .folder = request_.out / "runs",
                             .program = request_.program,
                             .stop = request_.stop};
    runner_ = config_.source.empty() ? make_training_runner(inputs) : make_source_runner(inputs);
    return *runner_;
  }

  // Of the trials with one budget: the first rung's.
  std::vector<std::pair<std::string, double>> importance() const {
    std::vector<Observation> found;
    for (const Trial& trial : journal_->trials()) {
      if (trial.rung == 0 && trial.score) found.push_back({.point = trial.point, .score = *trial.score});
    }
    const std::vector<double> shares = setting_importance(space_, found, {.seed = request_.options.seed});
    std::vector<std::pair<std::string, double>> named;
    for (std::size_t i = 0; i < shares.size(); ++i) named.emplace_back(space_.settings()[i].key, shares[i]);
    std::stable_sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    return named;
  }

  // The settings of all trials and of the best one, by sections. Only what was set: defaults stay the program's.
  std::string best_toml(const Trial& best) const {
    EntryConfig config;
    OptionTable table;
    config.bind(table);
    if (!request_.config.empty()) table.load_toml_file(request_.config);
    set_options(request_.settings, table);
    set_options(settings_of_trial(best), table);
    std::map<std::string, std::string> sections;
    for (const OptionRow& row : table.rows()) {
      if (row.origin == "default" || row.key.starts_with("leaderboard.")) continue;
      const std::size_t dot = row.key.find('.');
      sections[row.key.substr(0, dot)] += fmt::format("{} = {}\n", row.key.substr(dot + 1), row.print());
    }
    std::string text =
        fmt::format("# Found by p5 tune: trial {}, validation NDCG@10 {:.4f}{}.\n", best.number + 1, *best.score,
                    config_.source.empty() ? "" : fmt::format(" of the source {}", config_.source));
    for (const auto& [name, lines] : sections) text += fmt::format("\n[{}]\n{}", name, lines);
    return text;
  }

  const TuneRequest& request_;
  SearchSpace space_;
  EntryConfig config_;
  OptionTable table_;
  std::vector<double> budgets_;
  std::unique_ptr<TrialJournal> journal_;
  std::unique_ptr<TrialRunner> runner_;
};

std::vector<std::string> cells_of(const Trial& trial) {
  std::vector<std::string> cells{
      std::to_string(trial.number + 1), trial.score ? fmt::format("{:.4f}", *trial.score) : "failed",
      trial.budget > 0 ? fmt::format("{:.6g}", trial.budget) : "full", format_duration(trial.seconds)};
  for (const auto& [key, value] : trial.settings) cells.push_back(value);
  return cells;
}

std::vector<std::string> header_of(const Trial& trial) {
  std::vector<std::string> cells{"trial", "valid N@10", "budget", "time"};
  for (const auto& [key, value] : trial.settings) cells.push_back(key);
  return cells;
}

std::string importance_text(const std::vector<std::pair<std::string, double>>& importance, const char* line) {
  std::string text;
  for (const auto& [key, share] : importance) text += fmt::format(fmt::runtime(line), key, share * 100);
  return text;
}

}  // namespace

void TuneOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add_choice(
      "tune.method", &method, {{"random", Method::kRandom}, {"tpe", Method::kTpe}, {"halving", Method::kHalving}},
      {.help = "how configurations are chosen: uniformly, by a tree-structured Parzen estimator, or uniformly "
               "with successive halving",
       .flag = "method"});
  table.add("tune.trials", &trials, {.help = "configurations in all", .flag = "trials", .minimum = 1, .maximum = 1e6});
  table.add("tune.startup", &startup,
            {.help = "random configurations before TPE begins", .minimum = 2, .maximum = 1e6});
  table.add("tune.candidates", &candidates,
            {.help = "values that TPE draws per setting", .minimum = 1, .maximum = 1e6});
  table.add("tune.budget", &budget,
            {.help = "option that successive halving raises from rung to rung: train.max_steps or train.minutes of "
                     "runs, evaluate.users of sources",
             .flag = "budget"});
  table.add("tune.budget_min", &budget_min,
            {.help = "its value in the first rung", .flag = "budget-min", .minimum = 0});
  table.add("tune.budget_max", &budget_max, {.help = "its value in the last rung", .flag = "budget-max", .minimum = 0});
  table.add("tune.factor", &factor,
            {.help = "how much larger the budget of the next rung is, and how many fewer configurations it has",
             .minimum = 1.1,
             .maximum = 100});
  table.add("tune.seed", &seed, {.help = "seed of the configurations that are tried"});
}

std::string TuneResult::to_text() const {
  constexpr std::size_t kShown = 10;
  TextTable table(header_of(trials.front()));
  for (std::size_t i = 0; i < trials.size() && i < kShown; ++i) table.add_row(cells_of(trials[i]));
  std::string text = table.to_text();
  if (trials.size() > kShown) text += fmt::format("... and {} more in trials.md\n", trials.size() - kShown);
  return text + "\nShare of the variance of the score that a setting alone explains:\n" +
         importance_text(importance, "  {:<28} {:>5.1f}%\n") + "\nBest configuration: " + best_config.string() + "\n";
}

std::string TuneResult::to_markdown() const {
  const auto row = [](const std::vector<std::string>& cells) {
    return fmt::format("| {} |\n", fmt::join(cells, " | "));
  };
  const std::vector<std::string> header = header_of(trials.front());
  std::string text = "# Trials, best first\n\n" + row(header) + "|";
  for (std::size_t i = 0; i < header.size(); ++i) text += "---:|";
  text += "\n";
  for (const Trial& trial : trials) text += row(cells_of(trial));
  return text + "\n## Importance of the settings\n\n" + importance_text(importance, "- `{}`: {:.1f}%\n");
}

nlohmann::ordered_json TuneResult::to_json() const {
  using Json = nlohmann::ordered_json;
  Json list = Json::array(), shares = Json::object();
  for (const Trial& trial : trials) {
    Json settings = Json::object();
    for (const auto& [key, value] : trial.settings) settings[key] = value;
    list.push_back({{"trial", trial.number + 1},
                    {"score", trial.score ? Json(*trial.score) : Json()},
                    {"budget", trial.budget},
                    {"seconds", trial.seconds},
                    {"settings", std::move(settings)}});
  }
  for (const auto& [key, share] : importance) shares[key] = share;
  return {{"source", source},
          {"best", list.front()},
          {"best_config", best_config.string()},
          {"importance", std::move(shares)},
          {"trials", std::move(list)}};
}

TuneResult tune(const TuneRequest& request) {
  Search search(request);
  search.run();
  return search.result();
}

}  // namespace p5
