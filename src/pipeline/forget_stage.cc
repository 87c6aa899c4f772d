#include "pipeline/forget_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <vector>

#include "architectures/architecture_list.h"
#include "base/file.h"
#include "base/json_field.h"
#include "base/logger.h"
#include "base/text_layout.h"
#include "corpus/data_splits.h"
#include "evaluate/text_table.h"
#include "online/feedback_store.h"
#include "p5/error.h"
#include "pipeline/continued_training.h"
#include "pipeline/merged_model.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"
#include "pipeline/settings.h"
#include "pipeline/train_stage.h"
#include "recommend/loaded_run.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using Keys = std::set<std::string, std::less<>>;

constexpr std::uint64_t kSeed = 2022;  // of the test's questions
constexpr const char* kMethods[] = {"retrain", "unlearn", "none"};

void check(const ForgetRequest& request) {
  if (request.users.empty())
    throw usage_error("nobody is to be forgotten", {.where = "users", .expected = "keys of users"});
  if (std::ranges::find(kMethods, request.method) != std::end(kMethods)) return;
  throw usage_error(
      "unknown way to forget",
      {.where = "method", .expected = fmt::format("one of {}", fmt::join(kMethods, ", ")), .got = request.method});
}

// A corpus that is moved aside while it is still needed, and removed at the end whatever happens. One that a killed
// program left is removed at the next call.
class SetAside {
 public:
  explicit SetAside(const fs::path& folder) : folder_(folder), aside_(folder.string() + ".before-forget") {
    fs::remove_all(aside_);
    fs::copy(folder_, aside_, fs::copy_options::recursive);
  }
  ~SetAside() {
    std::error_code ignored;
    fs::remove_all(aside_, ignored);
  }
  SetAside(const SetAside&) = delete;
  SetAside& operator=(const SetAside&) = delete;
  const fs::path& path() const { return aside_; }

 private:
  fs::path folder_, aside_;
};

std::uint64_t events_of(const FeedbackStore& store, const Keys& keys, Keys& found) {
  std::uint64_t events = 0;
  store.read(0, [&](const FeedbackEvent& event) {
    if (!keys.contains(event.user)) return;
    ++events;
    found.insert(event.user);
  });
  return events;
}

void require_known(const Keys& keys, const Keys& found, const std::string& where) {
  for (const std::string& key : keys) {
    if (!found.contains(key)) {
      throw not_found_error(
          "there is nobody of this key to forget",
          {.where = where, .expected = "the key of a user of the corpus or the feedback", .got = key});
    }
  }
}

// Whatever the run keeps of its users beside the weights: sources that were fit, the state of its training, reports.
void remove_traces(const fs::path& run) {
  std::error_code failure;
  for (const char* name : {"sources", "checkpoint"}) fs::remove_all(run / name, failure);
  std::vector<fs::path> reports;
  for (const auto& entry : fs::directory_iterator(run, failure)) {
    if (entry.path().filename().string().starts_with("report.")) reports.push_back(entry.path());
  }
  for (const fs::path& report : reports) fs::remove(report, failure);
}

class Forgetter {
 public:
  explicit Forgetter(const ForgetRequest& request)
      : request_(request), run_(RunDirectory::open(request.run)), keys_(request.users.begin(), request.users.end()) {
    config_.bind(overrides_);
    set_options(request.settings, overrides_);
    report_.run = request.run;
    report_.method = request.method;
    report_.corpus = request.corpus.empty() ? run_.manifest().corpus : request.corpus;
  }

  ForgetReport forget() {
    check_place();
    const SetAside aside(report_.corpus);
    const auto before = LoadedRun::open(request_.run, {.corpus = aside.path()});
    for (const std::string& key : keys_) {
      if (const auto user = before->data.corpus->find_user(key)) users_.insert(*user);
    }
    find_all(*before);
    const std::unique_ptr<const MembershipTest> test = make_test(*before);
    if (test != nullptr) report_.before = test->measure(*load_bundle_model(before->bundle, run_.bundle(), device()));
    const double enough = test == nullptr ? 0 : report_.before->kept.other_loss;
    remove_data(*before->data.corpus);
    if (request_.method == "unlearn") unlearn({.before = before, .users = users_, .enough = enough});
    if (request_.method == "retrain") retrain();
    if (test != nullptr) report_.after = measure_after(*before, *test, aside.path());
    write_file_atomically(fs::path(request_.run) / "report.forget.json", to_json(report_) + "\n");
    return report_;
  }

 private:
  // Before anything is removed.
  void check_place() const {
    if (request_.method != "none") RunDirectory::require_replaceable(request_.run);
    if (request_.method == "retrain") require_fresh_beginning();
    if (request_.method != "unlearn") return;
    const RunConfig config = stored_config();
    if (!config.train.by_units() && config.reinforce.group == 0 && config.task.sequential_samples > 0) return;
    throw usage_error(
        "this run cannot unlearn a user",
        {.where = request_.run,
         .expected = "a run that was trained on what comes next, not by units or by rewards; --method retrain"});
  }

  // A new training from weights that have met them would remember them.
  void require_fresh_beginning() const {
    const OptionRow& asked = *overrides_.find("train.init");
    const std::string init = asked.origin == "default" ? stored_config().train.init : config_.train.init;
    if (init.empty() || !file_exists(ModelBundle::folder_of(init))) return;
    const ModelBundle base = ModelBundle::load(ModelBundle::folder_of(init));
    for (std::size_t user = 0; base.keys != nullptr && user < base.keys->users.size(); ++user) {
      if (!keys_.contains(base.keys->users[user])) continue;
      throw usage_error("a new training would begin from weights that have met a user who is to be forgotten",
                        {.where = "train.init = " + init,
                         .expected = "p5 forget of that run first, or --set 'train.init=\"\"'",
                         .got = std::string(base.keys->users[user])});
    }
  }

  RunConfig stored_config() const {
    RunConfig config;
    OptionTable table;
    config.bind(table);
    table.load_toml_file(run_.config());
    return config;
  }

  DeviceOptions device() const { return stored_config().device; }

  // A user whom only the run still knows was taken out of the corpus before.
  void find_all(const LoadedRun& before) {
    Keys found;
    for (const UserId user : users_) found.emplace(before.data.corpus->user_key(user));
    for (std::size_t user = 0; before.bundle.keys != nullptr && user < before.bundle.keys->users.size(); ++user) {
      const std::string_view key = before.bundle.keys->users[user];
      if (keys_.contains(key)) found.emplace(key);
    }
    if (!request_.feedback.empty()) {
      store_ = open_feedback_store(request_.feedback);
      report_.feedback_removed = events_of(*store_, keys_, found);
    }
    require_known(keys_, found, report_.corpus);
    if (!users_.empty() || request_.method != "unlearn") return;
    throw usage_error("there are no events to unlearn",
                      {.where = report_.corpus, .expected = "users who are in the corpus, or --method retrain"});
  }

  std::unique_ptr<const MembershipTest> make_test(const LoadedRun& before) const {
    if (users_.empty()) return nullptr;
    try {
      return std::make_unique<const MembershipTest>(before, users_, kSeed);
    } catch (const Error& error) {
      log_warning(fmt::format("no membership test: {}", error.what()));
      return nullptr;
    }
  }

  void remove_data(const Corpus& corpus) {
    if (store_ != nullptr) {
      std::vector<TableChange> changes;
      for (const std::string& key : keys_) {
        changes.push_back({.table = TableChange::Table::kUsers, .key = key, .facts = "{}", .forget = true});
      }
      store_->change(changes);
    }
    if (!users_.empty()) report_.corpus_removed = write_without_users(corpus, keys_, report_.corpus);
    remove_traces(request_.run);
  }

  void retrain() {
    RunConfig config;
    OptionTable table;
    config.bind(table);
    table.load_toml_file(run_.config());
    change_options(table, overrides_,
                   {OptionScope::kData, OptionScope::kModel, OptionScope::kTraining, OptionScope::kBudget,
                    OptionScope::kAnswer, OptionScope::kReport, OptionScope::kMachine});
    config.evaluate.stop = request_.stop;
    keep(train_run(config, table, report_.corpus, place()));
  }

  void unlearn(const Forgetting& forgetting) {
    const TrainedRun trained = unlearn_run(overrides_, request_.run, place(), forgetting, request_.stop);
    merge_adapter(ModelBundle::folder_of(place().out));
    fs::remove_all(place().out / "checkpoint");  // of the adapter: nothing goes on from there
    keep(trained);
  }

  RunPlace place() const { return {.out = fs::path(request_.run).string() + ".forgetting", .replace = true}; }

  // The new run takes the place of the old one.
  void keep(const TrainedRun& trained) {
    report_.seconds = trained.seconds;
    if (request_.stop.stop_requested()) {
      throw system_error("forgetting was interrupted; the same command goes on",
                         {.where = place().out.string(), .expected = "a training that ends"});
    }
    RunDirectory::remove(request_.run);
    fs::rename(place().out, request_.run);
  }

  MembershipTest::Result measure_after(const LoadedRun& before, const MembershipTest& test,
                                       const fs::path& data) const {
    const fs::path bundle = ModelBundle::folder_of(request_.run);
    if (request_.method == "unlearn") {  // the same words and ids, with which the model knew them
      return test.measure(*load_sequence_model(ModelBundle::model_folder(bundle), device()));
    }
    if (request_.method == "none") return test.measure(*load_bundle_model(before.bundle, bundle, device()));
    const auto after = LoadedRun::open(request_.run, {.corpus = data});
    std::set<UserId> users;
    for (const std::string& key : keys_) {
      if (const auto user = after->data.corpus->find_user(key)) users.insert(*user);
    }
    return MembershipTest(*after, users, kSeed).measure(*load_bundle_model(after->bundle, bundle, device()));
  }

  const ForgetRequest& request_;
  const RunDirectory run_;
  const Keys keys_;
  RunConfig config_;
  OptionTable overrides_;
  std::set<UserId> users_;
  std::shared_ptr<FeedbackStore> store_;
  ForgetReport report_;
};

nlohmann::ordered_json json_of(const MembershipAttack& attack) {
  return {{"auc", attack.auc},
          {"low", attack.low},
          {"high", attack.high},
          {"examples", attack.members},
          {"others", attack.others},
          {"loss", attack.member_loss},
          {"loss_others", attack.other_loss}};
}

void add_row(TextTable& table, const std::string& name, const MembershipAttack& attack) {
  table.add_row({name, fmt::format("{:.3f}", attack.auc), fmt::format("{:.3f} to {:.3f}", attack.low, attack.high),
                 fmt::format("{:.3f}", attack.member_loss), fmt::format("{:.3f}", attack.other_loss),
                 std::to_string(attack.members)});
}

}  // namespace

ForgetReport forget_users(const ForgetRequest& request) {
  check(request);
  return Forgetter(request).forget();
}

std::string to_json(const ForgetReport& report) {
  nlohmann::ordered_json object{{"run", report.run},
                                {"corpus", report.corpus},
                                {"method", report.method},
                                {"users", report.corpus_removed.users},
                                {"events", report.corpus_removed.events},
                                {"feedback_events", report.feedback_removed},
                                {"seconds", report.seconds}};
  for (const auto& [name, result] : {std::pair("before", report.before), std::pair("after", report.after)}) {
    if (!result) continue;
    object["membership"][name] = {{"forgotten", json_of(result->forgotten)}, {"kept", json_of(result->kept)}};
  }
  return pretty_json(object);
}

std::string to_text(const ForgetReport& report) {
  std::string text = fmt::format(
      "{} and {} are out of {}; {} out of the feedback; sources, checkpoint and reports of the "
      "run are removed.\n",
      counted(report.corpus_removed.users, "user"), counted(report.corpus_removed.events, "event"), report.corpus,
      counted(report.feedback_removed, "event"));
  if (report.method == "none")
    text += "The weights, and the list of users in the run, are as they were: they may remember.\n";
  if (report.method == "unlearn") text += "The weights have unlearnt, without a guarantee; --method retrain has one.\n";
  if (report.method == "retrain") text += "The run was trained anew without them.\n";
  if (!report.before) return text;
  text += "\nMembership attack by losses, against held-out events of others (0.5: nothing can be told):\n";
  TextTable table({"", "AUC", "95 %", "loss", "held out", "examples"});
  add_row(table, "forgotten, before", report.before->forgotten);
  if (report.after) add_row(table, "forgotten, after", report.after->forgotten);
  add_row(table, "others, before", report.before->kept);
  if (report.after) add_row(table, "others, after", report.after->kept);
  return text + table.to_text();
}

}  // namespace p5
