#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "cli/verbs.h"
#include "online/feedback_file.h"
#include "online/feedback_store.h"
#include "p5/error.h"

namespace p5::cli {
namespace {

std::string date_of(std::int64_t time_ms) {
  return fmt::format("{:%F %T}", fmt::gmtime(static_cast<std::time_t>(time_ms / 1000)));
}

// What the three verbs share: the store.
class FeedbackVerb : public Verb {
 public:
  std::vector<Argument> arguments() override {
    std::vector<Argument> all{{.kind = Argument::Kind::kPositional,
                               .name = "store",
                               .help = "sqlite:FILE, FILE or postgresql://USER:PASSWORD@HOST/DATABASE",
                               .required = true,
                               .text = &store_}};
    for (const Argument& argument : own_arguments()) all.push_back(argument);
    all.push_back(
        {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_});
    return all;
  }

 protected:
  virtual std::vector<Argument> own_arguments() { return {}; }
  std::string store_;
  bool json_ = false;
};

class FeedbackImportVerb final : public FeedbackVerb {
 public:
  std::string name() const override { return "feedback import"; }
  std::string summary() const override { return "add the events of a file to a store of feedback"; }
  std::string examples() const override { return "  p5 feedback import feedback.db events.jsonl\n"; }
  int run() override {
    const FeedbackImported result = import_feedback(*open_feedback_store(store_), file_);
    if (json_) {
      fmt::print("{}\n", pretty_json(nlohmann::ordered_json{{"accepted", result.appended.accepted},
                                                            {"duplicates", result.appended.duplicates},
                                                            {"lines", result.lines}}));
    } else {
      fmt::print("{}: {} events added, {} were there already\n", store_, result.appended.accepted,
                 result.appended.duplicates);
    }
    return 0;
  }

 private:
  std::vector<Argument> own_arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "file",
             .help = "JSON lines, as feedback export writes them; - for stdin",
             .required = true,
             .text = &file_}};
  }
  std::string file_;
};

class FeedbackExportVerb final : public FeedbackVerb {
 public:
  std::string name() const override { return "feedback export"; }
  std::string summary() const override { return "write the events of a store as JSON lines, which p5 import reads"; }
  std::string examples() const override {
    return "  p5 feedback export feedback.db --out feedback.jsonl\n"
           "  p5 feedback export feedback.db --items --out items.jsonl\n"
           "  p5 import log.csv feedback.jsonl items.jsonl --out corpora/today\n";
  }
  int run() override {
    const auto store = open_feedback_store(store_);
    const std::size_t lines = items_ ? export_items(*store, out_) : export_feedback(*store, out_);
    const char* what = items_ ? "items" : "events";
    if (json_ && !out_.empty()) {
      fmt::print("{}\n", pretty_json(nlohmann::ordered_json{{"out", out_}, {what, lines}}));
    } else if (!out_.empty()) {
      fmt::print("{}: {} {}\n", out_, lines, what);
    }
    return 0;
  }

 private:
  std::vector<Argument> own_arguments() override {
    return {{.kind = Argument::Kind::kText, .name = "out", .help = "file to write; without it: stdout", .text = &out_},
            {.kind = Argument::Kind::kSwitch,
             .name = "items",
             .help = "the items that a shop put, in place of the events",
             .given = &items_}};
  }
  std::string out_;
  bool items_ = false;
};

class FeedbackStatsVerb final : public FeedbackVerb {
 public:
  std::string name() const override { return "feedback stats"; }
  std::string summary() const override { return "how many events a store has, of whom and when"; }
  std::string examples() const override { return "  p5 feedback stats feedback.db\n"; }
  int run() override {
    const FeedbackStats stats = open_feedback_store(store_)->stats();
    if (json_) {
      fmt::print("{}\n", pretty_json(nlohmann::ordered_json{{"events", stats.events},
                                                            {"users", stats.users},
                                                            {"items", stats.items},
                                                            {"first_ms", stats.first_ms},
                                                            {"last_ms", stats.last_ms},
                                                            {"by_type", stats.by_type}}));
      return 0;
    }
    fmt::print("events  {}\nusers   {}\nitems   {}\n", stats.events, stats.users, stats.items);
    if (stats.events > 0) fmt::print("from    {}\nto      {}\n", date_of(stats.first_ms), date_of(stats.last_ms));
    for (const auto& [type, count] : stats.by_type) fmt::print("{}: {}\n", type, count);
    return 0;
  }
};

}  // namespace

std::vector<std::unique_ptr<Verb>> make_feedback_verbs() {
  std::vector<std::unique_ptr<Verb>> verbs;
  verbs.push_back(std::make_unique<FeedbackImportVerb>());
  verbs.push_back(std::make_unique<FeedbackExportVerb>());
  verbs.push_back(std::make_unique<FeedbackStatsVerb>());
  return verbs;
}

}  // namespace p5::cli
