#include "pipeline/leaderboard_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/logger.h"
#include "base/progress.h"
#include "p5/error.h"
#include "pipeline/child_process.h"
#include "pipeline/measure_stage.h"
#include "pipeline/run_directory.h"
#include "pipeline/settings.h"
#include "recommend/candidate_sources.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRows = "leaderboard.rows";

struct Listed {
  std::string name;
  fs::path config = {};     // may be empty
  std::string source = {};  // in addition to the configuration
  std::string rows = {};    // leaderboard.rows, unless somebody set them
};

// One process: an entry with one seed.
struct Job {
  const Listed* entry = nullptr;
  std::size_t seed = 0;
  Settings settings = {};
  std::string fingerprint = {};
  fs::path run, result;
};

// Without configurations every source by itself, and p5 with the hybrid that its run answers by: a hybrid by itself
// would be one of counts alone.
std::vector<Listed> entries_of(const fs::path& configs) {
  std::vector<Listed> entries;
  if (configs.empty()) {
    for (const auto& row : candidate_sources()) {
      if (row.name == "p5" || row.fuses) continue;
      entries.push_back({.name = std::string(row.name), .source = std::string(row.name)});
    }
    entries.push_back({.name = "p5", .rows = R"(["hybrid"])"});
    return entries;
  }
  if (!fs::is_directory(configs)) {
    throw usage_error("no folder of configurations", {.where = configs.string(), .expected = "a folder of TOML files"});
  }
  for (const auto& file : fs::directory_iterator(configs)) {
    if (file.path().extension() == ".toml")
      entries.push_back({.name = file.path().stem().string(), .config = file.path()});
  }
  std::sort(entries.begin(), entries.end(), [](const Listed& a, const Listed& b) { return a.name < b.name; });
  if (entries.empty()) {
    throw usage_error("no configuration here", {.where = configs.string(), .expected = "one or more .toml files"});
  }
  return entries;
}

// The options that are seeds of what an entry trains or fits.
std::vector<std::string> seed_keys(const EntryConfig& config) {
  if (config.source.empty()) return {"train.seed"};
  std::vector<std::string> keys;
  SourceOptions options;
  OptionTable table;
  const auto& row = require_candidate_source(config.source);
  if (row.bind != nullptr) row.bind(options, table);
  for (const OptionRow& option : table.rows()) {
    if (option.key.ends_with(".seed")) keys.push_back(option.key);
  }
  return keys;
}

// The settings of an entry as its process gets them, read here first, so that mistakes show before anything is trained.
class EntryReader {
 public:
  explicit EntryReader(const LeaderboardRequest& request) : request_(request) {}

  std::vector<Job> jobs_of(const Listed& entry) const {
    EntryConfig config;
    OptionTable table;
    read(entry, {}, config, table);
    const std::vector<std::string> keys = seed_keys(config);
    const std::size_t seeds = keys.empty() ? 1 : static_cast<std::size_t>(request_.options.seeds);
    std::vector<Job> jobs;
    const bool has_own_rows = !entry.rows.empty() && table.find(kRows)->origin == "default";
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      Settings settings = request_.settings;
      if (has_own_rows) settings.push_back({.key = kRows, .value = entry.rows});
      for (const std::string& key : keys) {
        const std::int64_t first = std::stoll(table.find(key)->print());
        settings.push_back({.key = key, .value = std::to_string(first + static_cast<std::int64_t>(seed))});
      }
      EntryConfig seeded;
      OptionTable seeded_table;
      read(entry, settings, seeded, seeded_table);
      const fs::path stem = request_.out / "entries" / fmt::format("{}-{}", entry.name, seed + 1);
      jobs.push_back({.entry = &entry,
                      .seed = seed,
                      .settings = std::move(settings),
                      .fingerprint = entry_fingerprint(seeded_table, request_.corpus),
                      .run = stem.string() + ".run",
                      .result = stem.string() + ".json"});
    }
    return jobs;
  }

 private:
  void read(const Listed& entry, const Settings& settings, EntryConfig& config, OptionTable& table) const {
    config.bind(table);
    if (!entry.config.empty()) table.load_toml_file(entry.config);
    if (!entry.source.empty()) config.source = entry.source;
    set_options(settings.empty() ? request_.settings : settings, table);
  }

  const LeaderboardRequest& request_;
};

std::vector<std::string> command_of(const LeaderboardRequest& request, const Job& job) {
  std::vector<std::string> words{request.program.string(), "measure", "--corpus",
                                 request.corpus.string(),  "--out",   job.result.string()};
  if (!job.entry->config.empty()) words.insert(words.end(), {"--config", job.entry->config.string()});
  if (!job.entry->source.empty()) words.insert(words.end(), {"--source", job.entry->source});
  words.insert(words.end(), {"--run", job.run.string(), "--fingerprint", job.fingerprint});
  for (const Setting& setting : job.settings) words.insert(words.end(), {"--set", setting.key + "=" + setting.value});
  return words;
}

// What an earlier program measured, where it is of the same configuration and data.
std::optional<MeasuredEntry> kept(const Job& job) {
  if (!fs::exists(job.result)) return std::nullopt;
  MeasuredEntry entry = MeasuredEntry::load(job.result);
  if (entry.fingerprint == job.fingerprint) return entry;
  log_info(fmt::format("{}: configuration or data changed; measured anew", job.result.string()));
  return std::nullopt;
}

// A run that was begun for another configuration is removed.
void prepare(const Job& job) {
  const fs::path mark = job.run.string() + ".fingerprint";
  if (file_exists(mark) && read_file(mark) == job.fingerprint) return;
  RunDirectory::remove(job.run);
  fs::remove(job.run.string() + ".train.json");
  write_file_atomically(mark, job.fingerprint);
}

std::string measure(const LeaderboardRequest& request, const Job& job, std::vector<MeasuredEntry>& seeds) {
  if (auto entry = kept(job)) {
    seeds.push_back(std::move(*entry));
    return {};
  }
  prepare(job);
  const ChildResult child = run_child(command_of(request, job), request.stop);
  stop_if_requested(request.stop, "interrupted; what is measured is kept, and the same command continues");
  if (child.exit_code != 0)
    return fmt::format("its process ended with exit code {} (seed {})", child.exit_code, job.seed + 1);
  MeasuredEntry entry = MeasuredEntry::load(job.result);
  entry.peak_memory = child.peak_memory;
  entry.save(job.result);
  log_info(fmt::format("{}, seed {}: validation NDCG@10 {:.4f}, in {}", job.entry->name, job.seed + 1,
                       entry.rows.front().valid_keep.value(kSearchedScore), format_duration(child.seconds)),
           {{"entry", std::string_view(job.entry->name)},
            {"seed", static_cast<std::int64_t>(job.seed + 1)},
            {"ndcg@10", entry.rows.front().valid_keep.value(kSearchedScore)},
            {"seconds", child.seconds}});
  seeds.push_back(std::move(entry));
  return {};
}

void write_files(const Leaderboard& board, const fs::path& out) {
  write_file_atomically(out / "leaderboard.md", board.to_markdown());
  write_file_atomically(out / "leaderboard.json", pretty_json(board.to_json()) + "\n");
  write_file_atomically(out / "leaderboard_keep.svg", board.plot(true));
  write_file_atomically(out / "leaderboard_drop.svg", board.plot(false));
}

}  // namespace

void LeaderboardOptions::bind(OptionTable& table) {
  const OptionBinder own(table, OptionScope::kReport);
  own.add("leaderboard.seeds", &seeds,
          {.help = "seeds per entry; a source without a seed is measured once",
           .flag = "seeds",
           .minimum = 1,
           .maximum = 1000});
  own.add("leaderboard.resamples", &resamples,
          {.help = "resamples of the paired bootstrap", .minimum = 100, .maximum = 1e6});
}

Leaderboard run_leaderboard(const LeaderboardRequest& request) {
  const std::vector<Listed> listed = entries_of(request.configs);
  const EntryReader reader(request);
  std::vector<std::vector<Job>> jobs;
  for (const Listed& entry : listed) jobs.push_back(reader.jobs_of(entry));
  fs::create_directories(request.out / "entries");
  std::vector<LeaderboardEntry> entries;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    LeaderboardEntry& entry = entries.emplace_back(LeaderboardEntry{.name = listed[i].name});
    log_info(fmt::format("entry {} of {}: {}", i + 1, listed.size(), entry.name));
    for (const Job& job : jobs[i]) {
      entry.problem = measure(request, job, entry.seeds);
      if (!entry.problem.empty()) break;
    }
  }
  Leaderboard board = make_leaderboard(entries, static_cast<std::size_t>(request.options.resamples));
  const CorpusInfo info = Corpus::open(request.corpus)->info();
  board.corpus = info.name;
  board.ties = info.ties;
  board.data_sha256 = info.data_sha256;
  write_files(board, request.out);
  return board;
}

}  // namespace p5
