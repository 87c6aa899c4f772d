// How many events a second one thread takes on their whole way: read from their line of JSON, kept in a store that
// syncs (SQLite), counted in the histories that answers know, and joined with the lists that showed them. Lists are
// answered in between, one for `--per-list` events. Memory is printed in tenths, as a long stream must not let it grow.
#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "benchmark_main.h"
#include "online/feedback_file.h"
#include "online/feedback_store.h"
#include "online/live_evaluation.h"
#include "online/live_histories.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct Shop {
  std::int64_t events = 200'000, group = 100, users = 100'000, items = 20'000, per_list = 4;
  std::int64_t step_ms = 20;  // 50 events a second
  std::uint64_t seed = 2022;
};

constexpr std::size_t kPlaces = 10;
constexpr std::int64_t kBeginMs = 1'700'000'000'000;
constexpr int kTenths = 10;

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(Clock::now() - begin_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& seconds_;
  Clock::time_point begin_ = Clock::now();
};

// By number: ten groups of equal size, and 20 categories.
LiveReference reference_of(const Shop& shop) {
  LiveReference reference{.catalogue = static_cast<std::size_t>(shop.items),
                          .histories = std::vector<double>(LiveEvaluation::kHistoryBins, 1),
                          .popularity = std::vector<double>(10, 1),
                          .categories = std::vector<double>(20, 1)};
  for (int i = 0; i < 10; ++i) reference.popularity_names.push_back(std::to_string(i));
  for (int i = 0; i < 20; ++i) reference.category_names.push_back(std::to_string(i));
  reference.bins_of = [](const std::string& item) {
    const auto number = static_cast<std::uint64_t>(std::stoull(item.substr(1)));
    return LiveReference::ItemBins{.popularity = static_cast<std::uint8_t>(number % 10),
                                   .categories = {static_cast<std::uint8_t>(number % 20)}};
  };
  return reference;
}

class Stream {
 public:
  Stream(const Shop& shop, FeedbackStore* store) : shop_(shop), store_(store), rng_(shop.seed, "feedback") {
    live_.compare_with(reference_of(shop));
  }

  Json run() {
    const auto begin = Clock::now();
    const std::clock_t processor = std::clock();
    for (std::int64_t event = 0; event < shop_.events;) {
      const std::int64_t end = std::min(event + shop_.group, shop_.events);
      take(event, end);
      event = end;
      if (event * kTenths / shop_.events > static_cast<std::int64_t>(memory_.size())) memory_.push_back(resident_mib());
    }
    const double making = seconds_of_making_;
    const double all = std::chrono::duration<double>(Clock::now() - begin).count() - making;
    Json report{{"events", shop_.events}, {"group", shop_.group}, {"store", store_ != nullptr}};
    report["per_second"] = static_cast<double>(shop_.events) / all;
    // Of the processor alone, the making of the lines included: what other work on the machine does not change.
    report["per_processor_second"] = static_cast<double>(shop_.events) * CLOCKS_PER_SEC /
                                     static_cast<double>(std::max<std::clock_t>(1, std::clock() - processor));
    report["microseconds"] = {{"read", 1e6 * reading_ / static_cast<double>(shop_.events)},
                              {"store", 1e6 * storing_ / static_cast<double>(shop_.events)},
                              {"histories", 1e6 * counting_ / static_cast<double>(shop_.events)},
                              {"lists", 1e6 * answering_ / static_cast<double>(shop_.events)},
                              {"figures", 1e6 * hearing_ / static_cast<double>(shop_.events)}};
    report["resident_mib_by_tenth"] = memory_;
    const auto figures = live_.figures(time_of(shop_.events));
    report["lists"] = figures.lists;
    report["joined"] = figures.joined;
    report["hit_rate"] = figures.metric("hit_rate").value_or(0);
    return report;
  }

 private:
  std::int64_t time_of(std::int64_t event) const { return kBeginMs + event * shop_.step_ms; }
  std::string user() { return fmt::format("u{}", rng_.below(static_cast<std::uint64_t>(shop_.users))); }
  std::string item() { return fmt::format("i{}", rng_.below(static_cast<std::uint64_t>(shop_.items))); }

  void answer(std::int64_t event) {
    list_ = fmt::format("list {}", event);
    shown_.clear();
    for (std::size_t place = 0; place < kPlaces; ++place) shown_.push_back(item());
    const Stopwatch watch(answering_);
    std::vector<LiveEvaluation::ShownItem> items;
    for (const std::string& one : shown_) items.push_back({one, 1.0 / kPlaces});
    live_.answered({.request_id = list_, .model = "default", .version = 1, .time_ms = time_of(event), .history = 5},
                   items);
  }

  // The lines as clients send them; each third event is one of the list that was shown last.
  std::vector<std::string> lines(std::int64_t begin, std::int64_t end) {
    std::vector<std::string> made;
    for (std::int64_t event = begin; event < end; ++event) {
      if (event % shop_.per_list == 0) answer(event);
      const std::string taken = event % 3 == 0 ? shown_[rng_.below(kPlaces)] : item();
      made.push_back(Json{
          {"id", fmt::format("e{}", event)},
          {"user", user()},
          {"item", taken},
          {"event", "click"},
          {"timestamp", time_of(event)},
          {"request_id",
           list_}}.dump());
    }
    return made;
  }

  void take(std::int64_t begin, std::int64_t end) {
    std::vector<std::string> texts;
    const double answered = answering_;
    {
      const Stopwatch watch(seconds_of_making_);
      texts = lines(begin, end);
    }
    seconds_of_making_ -= answering_ - answered;  // answers are part of the work
    std::vector<FeedbackEvent> events;
    {
      const Stopwatch watch(reading_);
      for (const std::string& text : texts) events.push_back(parse_feedback_line(text, "line"));
    }
    if (store_ != nullptr) {
      const Stopwatch watch(storing_);
      store_->append(events);
    }
    {
      const Stopwatch watch(counting_);
      histories_.add(events);
    }
    const Stopwatch watch(hearing_);
    for (const FeedbackEvent& event : events) live_.heard(event, event.time_ms);
  }

  Shop shop_;
  FeedbackStore* store_;
  Rng rng_;
  LiveEvaluation live_;
  LiveHistories histories_;
  std::string list_;
  std::vector<std::string> shown_;
  std::vector<double> memory_;
  double seconds_of_making_ = 0, reading_ = 0, storing_ = 0, counting_ = 0, answering_ = 0, hearing_ = 0;
};

void print(const Json& report) {
  fmt::print("{} events in groups of {}: {:.0f} a second, {:.0f} a second of the processor\n",
             report["events"].get<std::int64_t>(), report["group"].get<std::int64_t>(),
             report["per_second"].get<double>(), report["per_processor_second"].get<double>());
  for (const auto& [name, microseconds] : report["microseconds"].items()) {
    fmt::print("  {:<10} {:8.2f} microseconds an event\n", name, microseconds.get<double>());
  }
  fmt::print("  resident MiB by tenth: {}\n", report["resident_mib_by_tenth"].dump());
  fmt::print("  {} lists of the window, {} events joined, hit rate {:.3f}\n", report["lists"].get<std::int64_t>(),
             report["joined"].get<std::int64_t>(), report["hit_rate"].get<double>());
}

int run_program(int argc, char** argv) {
  Shop shop;
  std::string url;
  bool json = false, none = false;
  CLI::App app("Events a second into the store, the histories and the live figures, by one thread");
  app.add_option("--events", shop.events)->check(CLI::Range(10, 1'000'000'000));
  app.add_option("--group", shop.group, "events of one sync")->check(CLI::Range(1, 1'000'000));
  app.add_option("--users", shop.users)->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--items", shop.items)->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--per-list", shop.per_list, "events of one list")->check(CLI::Range(1, 1000));
  app.add_option("--store", url, "an empty store (default: a new SQLite file)");
  app.add_flag("--no-store", none, "without a store");
  app.add_flag("--json", json, "one JSON object on stdout");
  CLI11_PARSE(app, argc, argv);
  const test::TemporaryFolder folder;
  std::shared_ptr<FeedbackStore> store;
  if (!none) store = open_feedback_store(url.empty() ? "sqlite:" + (folder.path() / "feedback.db").string() : url);
  const Json report = Stream(shop, store.get()).run();
  show_report(report, json, print);
  return 0;
}

}  // namespace
}  // namespace p5

int main(int argc, char** argv) { return p5::benchmark_main(argc, argv, p5::run_program); }
