#include "pipeline/report_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/digest.h"
#include "base/file.h"
#include "base/json_field.h"
#include "p5/error.h"
#include "pipeline/settings.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestReport = 1ULL << 30;

// Of the options that are not of the machine; a report of another split has another name anyway.
std::string settings_that_differ(const RunDirectory& run, RunConfig config) {
  RunConfig stored;
  OptionTable now, then;
  config.bind(now);
  stored.bind(then);
  then.load_toml_file(run.config());
  std::string text;
  for (const OptionRow& row : now.rows()) {
    if (row.scope == OptionScope::kMachine || row.key == "evaluate.split") continue;
    if (row.print() != then.find(row.key)->print()) text += row.key + " = " + row.print() + "\n";
  }
  return text;
}

// Seeds of the model and of everything that is fit; those that decide what is asked are no luck of a training.
bool is_seed(const std::string& key) { return key.ends_with(".seed") && key != "split.seed"; }

std::string reports_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  fs::directory_iterator entry(folder, failure);
  for (const fs::directory_iterator end; !failure && entry != end; entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("report.") && name.ends_with(".json")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names.empty() ? "no report" : fmt::format("{}", fmt::join(names, ", "));
}

fs::path find_report(const fs::path& path, const std::string& split) {
  std::error_code failure;
  if (!fs::exists(path, failure)) {
    throw not_found_error("no such run or report",
                          {.where = path.string(), .expected = "a run folder, or a report that p5 evaluate wrote"});
  }
  if (!fs::is_directory(path, failure)) return path;
  fs::path report = path / fmt::format("report.{}.json", split);
  if (fs::exists(report, failure)) return report;
  const std::string command =
      fmt::format("p5 evaluate {}{}", path.string(), split == "test" ? "" : " --split " + split);
  throw not_found_error("the run has no report of this split",
                        {.where = report.string(), .expected = command + " first", .got = reports_in(path)});
}

}  // namespace

fs::path report_file(const RunDirectory& run, const RunConfig& config, const std::string& data_sha256) {
  std::string differing = settings_that_differ(run, config);
  if (data_sha256 != run.manifest().data_sha256) differing += "data " + data_sha256;
  const std::string suffix = differing.empty() ? "" : "-" + sha256_hex(differing).substr(0, 8);
  return run.path() / fmt::format("report.{}{}.json", config.evaluate.split, suffix);
}

fs::path per_user_file(const fs::path& report) {
  fs::path file = report;
  if (file.extension() == ".json") file.replace_extension();
  return file += ".users.jsonl";
}

std::string settings_sha256(const RunConfig& config) {
  RunConfig copy = config;
  OptionTable table;
  copy.bind(table);
  return sha256_hex(text_of_rows(table, [](const OptionRow& row) {
    const bool asked = row.key.starts_with("evaluate.");  // the questions themselves are compared
    return row.scope != OptionScope::kMachine && !asked && !is_seed(row.key);
  }));
}

void keep_report(const fs::path& file, EvaluationReport& report) {
  const std::string text = PerUserResults::of(report, report.users).to_jsonl();
  const fs::path users = per_user_file(file);
  write_file_atomically(users, text);
  report.per_user = {.name = users.filename().string(), .sha256 = sha256_hex(text)};
  try {
    write_file_atomically(file, pretty_json(report.to_json()) + "\n");
  } catch (...) {
    report.per_user.reset();
    throw;
  }
}

PerUserResults load_per_user_results(const fs::path& run_or_report, const std::string& split) {
  const fs::path file = find_report(run_or_report, split);
  const nlohmann::json report = read_json(file, kLargestReport, ErrorSubject::kData);
  const JsonFields fields(report, file.string(), ErrorSubject::kData);
  if (!report.contains("per_user")) {
    throw data_error("the report has no results per user",
                     {.where = file.string(), .expected = "a report that this version of p5 evaluate wrote"});
  }
  const JsonFields named = fields.object("per_user");
  const fs::path users = file.parent_path() / fs::path(named.text("file")).filename();
  const std::string sha256 = sha256_hex_of_file(users);
  if (sha256 != named.text("sha256")) {
    throw data_error("these results per user are not those of the report; evaluate the run again",
                     {.where = users.string(), .expected = "SHA-256 " + named.text("sha256"), .got = sha256});
  }
  return PerUserResults::load(users);
}

}  // namespace p5
