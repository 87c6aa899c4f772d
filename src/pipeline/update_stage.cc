#include "pipeline/update_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/logger.h"
#include "evaluate/text_table.h"
#include "online/feedback_source.h"
#include "online/live_histories.h"
#include "p5/error.h"
#include "pipeline/run_update.h"
#include "pipeline/update_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using OrderedJson = nlohmann::ordered_json;

constexpr double kLookSeconds = 1;
constexpr double kLongestPause = 60;
constexpr std::uint64_t kNoteBytes = 16 << 20;

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

void wait(double seconds, const StopToken& stop) {
  const auto begun = Clock::now();
  while (!stop.stop_requested() && seconds_since(begun) < seconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// Waits for events, and for a source that is away.
class Follower {
 public:
  Follower(RunUpdate& update, const UpdateOptions& options, StopToken stop)
      : update_(update), options_(options), stop_(std::move(stop)), seen_(update.position()) {}

  // What is to be trained on next; none when it is stopped.
  std::optional<WaitingFeedback> next() {
    double pause = kLookSeconds;
    while (!stop_.stop_requested()) {
      try {
        if (auto waiting = look()) return waiting;
        pause = kLookSeconds;
        wait(kLookSeconds, stop_);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kUnavailable || stop_.stop_requested()) throw;
        log_warning(fmt::format("the source of feedback is away: {}; next try in {} s", error.what(), pause));
        update_.source().reconnect();
        wait(pause, stop_);
        pause = std::min(2 * pause, kLongestPause);
      }
    }
    return std::nullopt;
  }
  // A round took what there was up to this event.
  void took(const FeedbackPosition& to) {
    remember(to);
    waiting_ = 0;
    last_ = Clock::now();
  }

 private:
  void remember(const FeedbackPosition& to) {
    if (to.events > seen_.events) seen_ = to;
  }
  std::optional<WaitingFeedback> look() {
    seen_ = update_.source().read(
        seen_, [&](const FeedbackEvent& event) { waiting_ += LiveHistories::is_interest(event.type) ? 1 : 0; },
        [](const std::string&, const std::string&, std::uint64_t) {});  // a round counts them
    const bool many = waiting_ >= options_.min_events;
    const bool late = options_.every > 0 && waiting_ > 0 && seconds_since(last_) >= 60 * options_.every;
    if (!many && !late) return std::nullopt;
    WaitingFeedback waiting = update_.read();
    const auto usable = static_cast<std::int64_t>(waiting.events.used.size());
    if (usable >= (late ? 1 : options_.min_events)) return waiting;
    remember(waiting.to);
    waiting_ = usable;
    if (late) last_ = Clock::now();
    log_info(fmt::format("{} of {} new events can be learnt from; waiting for more", usable, waiting.events.read));
    return std::nullopt;
  }

  RunUpdate& update_;
  const UpdateOptions& options_;
  StopToken stop_;
  FeedbackPosition seen_;
  std::int64_t waiting_ = 0;
  Clock::time_point last_ = Clock::now();
};

// What a generation wrote about itself; an empty object for generation 0, and where the folder is gone.
nlohmann::json note_of(const UpdateFolder& folder, const UpdateGeneration& generation) {
  const fs::path file = UpdateFolder::note_of(folder.run_of(generation.number));
  if (generation.number == 0 || generation.removed || !file_exists(file)) return nlohmann::json::object();
  return read_json(file, kNoteBytes, ErrorSubject::kData);
}

std::string figure(const nlohmann::json& note, const char* pointer, const char* form) {
  const nlohmann::json::json_pointer at(pointer);
  return note.contains(at) && note[at].is_number() ? fmt::format(fmt::runtime(form), note[at].get<double>()) : "-";
}

std::vector<std::string> row_of(const UpdateGeneration& generation, const nlohmann::json& note, bool current) {
  const std::string low = figure(note, "/gate/rows/0/low", "{:+.4f}"),
                    high = figure(note, "/gate/rows/0/high", "{:+.4f}");
  return {fmt::format("{}{}", generation.number, current ? " (current)" : ""),
          generation.number == 0 ? "-" : std::to_string(generation.parent),
          figure(note, "/events/used", "{:.0f}"),
          figure(note, "/prequential/hr@10/value", "{:.4f}"),
          figure(note, "/prequential/ndcg@10/value", "{:.4f}"),
          figure(note, "/gate/rows/0/change", "{:+.4f}"),
          low == "-" ? "-" : low + " to " + high,
          generation.verdict + (generation.removed ? ", removed" : "")};
}

}  // namespace

StageReport update_run(const UpdateRequest& request, const UpdateOptions& options) {
  RunUpdate update(request, options);
  const WaitingFeedback waiting = update.read();
  if (static_cast<std::int64_t>(waiting.events.used.size()) < options.min_events) return update.nothing_to_do(waiting);
  return update.train_on(waiting);
}

StageReport follow_updates(const UpdateRequest& request, const UpdateOptions& options,
                           const std::function<void(const StageReport&)>& heard) {
  if (!FeedbackSource(request.from).can_be_followed()) {
    throw usage_error(
        "only a store or a topic can be followed",
        {.where = "--follow", .expected = "--from sqlite:FILE, postgresql://... or kafka://...", .got = request.from});
  }
  RunUpdate update(request, options);
  Follower follower(update, options, request.stop);
  log_info(fmt::format("generation {} answers; waiting for new events", update.folder().state().current));
  try {
    while (const auto waiting = follower.next()) {
      heard(update.train_on(*waiting));
      follower.took(waiting->to);
    }
  } catch (const Interrupted&) {  // in the midst of a round, which is gone
  }
  const std::int64_t current = update.folder().state().current;
  return {.json = pretty_json(OrderedJson{{"stopped_by", request.stop.reason()}, {"current", current}}),
          .text = fmt::format("stopped by {}; generation {} answers, and later events wait", request.stop.reason(),
                              current)};
}

StageReport show_updates(const fs::path& path) {
  const UpdateFolder folder = UpdateFolder::open(path);
  const UpdateState& state = folder.state();
  TextTable table(
      {"generation", "parent", "events", "HR@10 before", "NDCG@10 before", "change", "95% interval", "verdict"});
  OrderedJson object{{"run", state.run},
                     {"corpus", state.corpus},
                     {"current", state.current},
                     {"current_run", folder.run_of(state.current).string()},
                     {"linked", folder.is_linked()},
                     {"generations", OrderedJson::array()}};
  for (const UpdateGeneration& generation : state.generations) {
    const nlohmann::json note = note_of(folder, generation);
    table.add_row(row_of(generation, note, generation.number == state.current));
    OrderedJson one{{"number", generation.number},          {"parent", generation.parent},
                    {"verdict", generation.verdict},        {"source", generation.source},
                    {"offset", generation.position.events}, {"removed", generation.removed}};
    if (!note.empty()) one["update"] = note;
    object["generations"].push_back(std::move(one));
  }
  StageReport report{.json = pretty_json(object), .text = table.to_text(120)};
  report.text += fmt::format(
      "\nHR@10 and NDCG@10 before: of the new events, before anybody learnt from them.\n"
      "Change: of NDCG@10 of all users' held-out events.\n{} is {}\n",
      (path / "current").string(), folder.linked_run().string());
  if (!folder.is_linked()) report.text += "The link is behind: the next update makes it the current generation.\n";
  return report;
}

StageReport roll_back_update(const fs::path& path) {
  UpdateFolder folder = UpdateFolder::open(path);
  folder.lock();
  UpdateState state = folder.state();
  UpdateGeneration& left = state.at(state.current);
  if (left.number == 0) {
    throw usage_error("there is no earlier generation",
                      {.where = path.string(), .expected = "a generation with a parent", .got = "generation 0"});
  }
  if (state.at(left.parent).removed) {
    throw usage_error(
        "the parent of the current generation is gone",
        {.where = path.string(), .expected = fmt::format("generation {}, which update.keep removed", left.parent)});
  }
  const nlohmann::json note = note_of(folder, left);
  const std::int64_t number = left.number, parent = left.parent;
  left.verdict = "rolled back";
  state.current = parent;
  const auto all = static_cast<std::int64_t>(state.generations.size());
  folder.commit(std::move(state), all);
  const std::string events = figure(note, "/events/used", "{:.0f}");
  return {
      .json = pretty_json(OrderedJson{{"rolled_back", number},
                                      {"current", parent},
                                      {"current_run", folder.run_of(parent).string()},
                                      {"offset", folder.state().at(parent).position.events}}),
      .text = fmt::format("generation {} is current again, in place of {}: {} is {}\n"
                          "The {} events that {} learnt from wait, and are trained on next time.",
                          parent, number, (path / "current").string(), folder.run_of(parent).string(), events, number)};
}

}  // namespace p5
