#include "pipeline/run_update.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/logger.h"
#include "base/unix_time.h"
#include "model/adapter_weights.h"
#include "online/live_catalog.h"
#include "p5/error.h"
#include "pipeline/continued_training.h"
#include "pipeline/evaluate_stage.h"
#include "pipeline/freshening.h"
#include "pipeline/grown_corpus.h"
#include "pipeline/merged_model.h"
#include "pipeline/settings.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

constexpr const char* kUsualMinutes = "2";
constexpr const char* kAdapterMinutes = "0.2";
constexpr std::size_t kEventsToTellACatalog = 10;  // fewer may be of unknown items by chance

RunConfig config_of(const fs::path& run) {
  RunConfig none;
  OptionTable nothing;
  none.bind(nothing);
  return load_run_config(RunDirectory::open(run), nothing);
}

// The held-out event of each user must be one that neither generation was trained on.
void require_leave_one_out(const fs::path& run, const Corpus& corpus) {
  if (config_of(run).split.kind_for(corpus) == SplitOptions::Kind::kLeaveOneOut) return;
  throw usage_error("only a run whose split leaves one event of each user out can be updated",
                    {.where = run.string(), .expected = "split.kind = leave-one-out", .got = "another split"});
}

UpdateFolder opened(const UpdateRequest& request) {
  if (UpdateFolder::is_there(request.folder)) {
    UpdateFolder folder = UpdateFolder::open(request.folder);
    const std::string asked = request.run.empty() ? folder.state().run : fs::weakly_canonical(request.run).string();
    if (asked == folder.state().run) return folder;
    throw usage_error("the folder began with another run",
                      {.where = request.folder.string(), .expected = folder.state().run, .got = asked});
  }
  if (request.run.empty()) {
    throw usage_error("which run is to be kept fresh?",
                      {.where = "--run", .expected = "a run folder, since the folder is new", .got = "none"});
  }
  const RunDirectory run = RunDirectory::open(request.run);
  const std::string corpus = run.manifest().corpus;
  const auto data = Corpus::open(corpus);
  if (data->info().data_sha256 != run.manifest().data_sha256) {
    throw model_error("the corpus changed since the run was trained: p5 train --from it first",
                      {.where = corpus,
                       .expected = "data with SHA-256 " + run.manifest().data_sha256,
                       .got = data->info().data_sha256});
  }
  require_leave_one_out(request.run, *data);
  return UpdateFolder::create(request.folder, fs::canonical(request.run).string(), corpus);
}

void check_settings(const Settings& settings) {
  for (const Setting& setting : settings) {
    if (!setting.key.starts_with("split.")) continue;
    throw usage_error("an update keeps the split of its run",
                      {.where = setting.origin, .expected = "no " + setting.key, .got = setting.value});
  }
}

void require_own_catalog(const UpdateEvents& events, const std::string& source) {
  const std::size_t known =
      events.used.size() + static_cast<std::size_t>(events.problems.total()) - events.unknown_items;
  if (events.unknown_items < kEventsToTellACatalog || events.unknown_items <= known) return;
  throw data_error("the feedback is of another catalogue",
                   {.where = source,
                    .expected = "items that the run's corpus has",
                    .got = fmt::format("{} of {} events of unknown items", events.unknown_items, events.read)});
}

OrderedJson problems_json(const LogProblems& problems) {
  auto list = OrderedJson::array();
  for (const LogProblem& problem : problems.rows()) {
    list.push_back({{"reason", problem.reason}, {"count", problem.count}, {"first", problem.first}});
  }
  return list;
}

OrderedJson events_json(const WaitingFeedback& waiting) {
  const UpdateEvents& events = waiting.events;
  return {{"after", waiting.after.events},       {"to", waiting.to.events},
          {"partitions", waiting.to.partitions}, {"read", events.read},
          {"used", events.used.size()},          {"users", events.users},
          {"new_users", events.new_users},       {"first_ms", events.first_ms},
          {"last_ms", events.last_ms},           {"not_used", problems_json(events.problems)}};
}

std::string problems_text(const LogProblems& problems) {
  std::string text;
  for (const LogProblem& problem : problems.rows()) {
    text += fmt::format("not used: {} ({}), first {}\n", problem.reason, problem.count, problem.first);
  }
  return text;
}

OrderedJson estimate_json(const Estimate& estimate) { return {{"value", estimate.value}, {"margin", estimate.margin}}; }

OrderedJson prequential_json(const Prequential& asked) {
  OrderedJson object{{"questions", asked.questions}, {"asked", asked.asked}, {"repeats", asked.repeats}};
  if (asked.asked > 1) {  // with fewer there is no interval
    object["hr@10"] = estimate_json(asked.hit_rate);
    object["ndcg@10"] = estimate_json(asked.ndcg);
  }
  return object;
}

std::string prequential_text(const Prequential& asked) {
  if (asked.asked == 0) return {};
  return fmt::format(
      "before learning from them: HR@10 {:.4f} ± {:.4f}, NDCG@10 {:.4f} ± {:.4f} of {} events{}\n",
      asked.hit_rate.value, asked.hit_rate.margin, asked.ndcg.value, asked.ndcg.margin, asked.asked,
      asked.repeats == 0 ? "" : fmt::format(" ({} of items that the user had not asked)", asked.repeats));
}

// "all weights", "lora" or "the last blocks"
std::string trained_weights(const AdapterOptions& finetune) {
  if (!freshens(finetune)) return "all weights";
  return finetune.adapts() ? std::string(to_string(finetune.method)) : "the last blocks";
}

OrderedJson training_json(const AdapterOptions& finetune, const UpdateOptions& options) {
  OrderedJson object{{"of", trained_weights(finetune)}};
  if (freshens(finetune)) object["new_share"] = options.new_share;
  return object;
}

class Stopwatch {
 public:
  // Since the last call.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(begun_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

const char* verdict_name(const GateVerdict& verdict) { return verdict.promote ? "promoted" : "not promoted"; }

}  // namespace

RunUpdate::RunUpdate(const UpdateRequest& request, const UpdateOptions& options)
    : request_(request),
      options_(options),
      source_((check_settings(request.settings), request.from)),
      folder_(opened(request)) {
  request_.folder = fs::absolute(request.folder);
  config_.bind(table_);
  set_options(request.settings, table_);
  if (freshens(config_.finetune)) check_freshening(config_.finetune, request.settings);
  if (table_.find("train.minutes")->origin == "default") {
    table_.set("train.minutes", freshens(config_.finetune) ? kAdapterMinutes : kUsualMinutes, "p5 update");
  }
  folder_.lock();
}

FeedbackPosition RunUpdate::position() const {
  const UpdateGeneration& current = folder_.state().at(folder_.state().current);
  return current.source == source_.name() && request_.from != "-" ? current.position : FeedbackPosition{};
}

WaitingFeedback RunUpdate::read() {
  WaitingFeedback waiting{.corpus = Corpus::open(folder_.corpus_of(folder_.state().current)),
                          .events = {},
                          .changes = {},
                          .after = position()};
  if (const auto store = source_.store()) {
    LiveCatalog catalog(store);
    catalog.follow();
    waiting.changes = catalog.changes();
  }
  UpdateEventChooser chooser(*waiting.corpus, waiting.changes, unix_time_ms());
  const auto take = [&](const FeedbackEvent& event) { chooser.add(event); };
  std::vector<LogProblem> problems;
  waiting.to =
      source_.read(waiting.after, take, [&](const std::string& why, const std::string& where, std::uint64_t count) {
        problems.push_back({.reason = why, .count = count, .first = where});
      });
  waiting.events = chooser.finish();
  for (const LogProblem& problem : problems) {
    waiting.events.read += problem.reason == KafkaTopic::kNoEvent ? 1 : 0;
    for (std::uint64_t i = 0; i < problem.count; ++i) waiting.events.problems.count(problem.reason, problem.first);
  }
  require_own_catalog(waiting.events, source_.name());
  return waiting;
}

StageReport RunUpdate::nothing_to_do(const WaitingFeedback& waiting) const {
  const OrderedJson object{{"trained", false},
                           {"current", folder_.state().current},
                           {"min_events", options_.min_events},
                           {"events", events_json(waiting)}};
  return {.json = pretty_json(object),
          .text = fmt::format("{}nothing to do: {} new events to learn from, fewer than update.min_events = {}",
                              problems_text(waiting.events.problems), waiting.events.used.size(), options_.min_events)};
}

Recommender RunUpdate::open(std::int64_t generation, const CatalogChanges& changes) const {
  Recommender recommender =
      Recommender::open(folder_.run_of(generation).string(), {.corpus = folder_.corpus_of(generation).string(),
                                                              .device = config_.device.device,
                                                              .threads = config_.device.threads,
                                                              .matmul = config_.device.matmul});
  if (!changes.items.empty() || !changes.forgotten_users.empty()) recommender.change_catalog(changes);
  return recommender;
}

Prequential RunUpdate::ask_first(const WaitingFeedback& waiting) const {
  if (options_.prequential == 0) return {};
  Recommender current = open(folder_.state().current, waiting.changes);
  return ask_before_learning(current, *waiting.corpus, waiting.events.used, options_, request_.stop);
}

void RunUpdate::train(std::int64_t number) const {
  const fs::path from = folder_.run_of(folder_.state().current);
  const fs::path corpus = fs::absolute(folder_.corpus_of(number));
  const RunPlace place{.out = fs::absolute(folder_.run_of(number))};
  if (freshens(config_.finetune)) {
    freshen_run(table_, from, corpus, place, options_.new_share, request_.stop);
  } else {
    train_from(table_, from, corpus, place, request_.stop);
  }
  stop_if_requested(request_.stop, "stopped while a generation was trained; its events wait");
  // Generations have whole weights, so that those before them can be removed.
  const fs::path bundle = ModelBundle::folder_of(place.out);
  if (!freshens(config_.finetune) && !is_adapter(ModelBundle::model_folder(bundle))) return;
  merge_adapter(bundle);
  fs::remove_all(place.out / "checkpoint");  // of few weights: nothing goes on from there
}

std::vector<GateRow> RunUpdate::compare(std::int64_t number, const WaitingFeedback& waiting) const {
  const DataSplits data = open_data(folder_.corpus_of(number), config_of(folder_.run_of(number)).split);
  std::vector<GateGroup> groups;
  const auto questions = held_out_questions(*data.ranking, *waiting.corpus, waiting.events.used, options_);
  {
    Recommender current = open(folder_.state().current, waiting.changes);
    for (const HeldOutQuestions& group : questions) {
      groups.push_back({.name = group.name, .users = group.users, .current = ndcg_of(current, group, request_.stop)});
    }
  }
  Recommender next = open(number, waiting.changes);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    groups[i].next = ndcg_of(next, questions[i], request_.stop);
  }
  return gate_rows(groups, options_);
}

RunUpdate::Round RunUpdate::work(std::int64_t number, const WaitingFeedback& waiting) const {
  Round round{.number = number, .parent = folder_.state().current};
  log_info(fmt::format("generation {} from {}: {} new events of {} users", number, round.parent,
                       waiting.events.used.size(), waiting.events.users));
  Stopwatch watch;
  round.asked = ask_first(waiting);
  round.asking = watch.lap();
  grow_corpus(*waiting.corpus, waiting.events.used, waiting.changes, folder_.corpus_of(number), request_.stop);
  round.growing = watch.lap();
  train(number);
  round.training = watch.lap();
  round.rows = compare(number, waiting);
  round.verdict = judge(round.rows, options_);
  round.comparing = watch.lap();
  return round;
}

OrderedJson RunUpdate::note_on(const Round& round, const WaitingFeedback& waiting) const {
  return {{"generation", round.number},
          {"parent", round.parent},
          {"parent_run", folder_.run_of(round.parent).string()},
          {"made_ms", unix_time_ms()},
          {"source", source_.name()},
          {"events", events_json(waiting)},
          {"prequential", prequential_json(round.asked)},
          {"training", training_json(config_.finetune, options_)},
          {"gate",
           {{"rule", to_string(options_.promote)},
            {"tolerance", options_.tolerance},
            {"seed", options_.seed},
            {"rows", to_json(round.rows)}}},
          {"verdict", verdict_name(round.verdict)},
          {"why", round.verdict.why},
          {"seconds",
           {{"prequential", round.asking},
            {"corpus", round.growing},
            {"training", round.training},
            {"gate", round.comparing}}}};
}

std::string RunUpdate::text_on(const Round& round, const WaitingFeedback& waiting) const {
  const UpdateEvents& events = waiting.events;
  return fmt::format(
      "generation {} from {}: {} new events of {} users, {} of them new; trained: {}\n{}{}\n{}\n{}: {}. {} is "
      "generation {}.",
      round.number, round.parent, events.used.size(), events.users, events.new_users, trained_weights(config_.finetune),
      problems_text(events.problems), prequential_text(round.asked), gate_table(round.rows),
      verdict_name(round.verdict), round.verdict.why, (folder_.path() / "current").string(), folder_.state().current);
}

void RunUpdate::commit(const Round& round, const FeedbackPosition& position) {
  UpdateState state = folder_.state();
  state.generations.push_back({.number = round.number,
                               .parent = round.parent,
                               .verdict = verdict_name(round.verdict),
                               .source = source_.name(),
                               .position = position});
  if (round.verdict.promote) state.current = round.number;
  folder_.commit(std::move(state), options_.keep);
}

StageReport RunUpdate::train_on(const WaitingFeedback& waiting) {
  const std::int64_t number = folder_.next_number();
  try {
    const Round round = work(number, waiting);
    const OrderedJson note = note_on(round, waiting);
    write_file_atomically(UpdateFolder::note_of(folder_.run_of(number)), pretty_json(note) + "\n");
    commit(round, waiting.to);
    OrderedJson report{{"trained", true}, {"current", folder_.state().current}};
    report.update(note);
    return {.json = pretty_json(report), .text = text_on(round, waiting)};
  } catch (...) {
    if (folder_.next_number() == number) folder_.discard(number);
    throw;
  }
}

}  // namespace p5
