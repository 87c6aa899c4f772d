#include "pipeline/run_directory.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/abandoned_files.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/json_checksum.h"
#include "base/json_field.h"
#include "base/logger.h"
#include "base/marked_folder.h"
#include "corpus/folder_kind.h"
#include "p5/error.h"
#include "recommend/model_bundle.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

constexpr int kRunVersion = 1;
constexpr const char* kLockFile = "lock";
constexpr std::string_view kLockMark = "p5-run 1\n";

// What an entry of a run folder is called, and what is there before run.json is.
const std::vector<std::string> kBegun{kLockFile, "config.toml", "bundle", "run.json", "sources"};
constexpr const char* kReports = "report.*";
const std::vector<std::string> kWhole{kLockFile,       "config.toml", "bundle", "run.json", "checkpoint",
                                      "metrics.jsonl", "tensorboard", kReports, "sources"};

// report.json, report.test.json, report.test.users.jsonl and the like, and temporary names of them.
bool is_report(const std::string& name) {
  const std::string base = name.substr(0, name.find(".tmp-"));
  const bool named = base.starts_with("report.") && (base.ends_with(".json") || base.ends_with(".jsonl"));
  return named && (name == base || is_temporary_name(name, base));
}

// The first entry of the folder that has none of these names, nor a temporary name of one.
std::optional<fs::path> first_foreign(const fs::path& folder, const std::vector<std::string>& names) {
  std::error_code failure;
  fs::directory_iterator entry(folder, failure);
  for (const fs::directory_iterator end; !failure && entry != end; entry.increment(failure)) {
    const std::string found = entry->path().filename().string();
    const bool known = std::any_of(names.begin(), names.end(), [&found](const std::string& name) {
      return name == kReports ? is_report(found) : found == name || is_temporary_name(found, name);
    });
    std::error_code unknown;
    if (!known || fs::is_symlink(entry->symlink_status(unknown))) return entry->path();
  }
  if (failure) throw system_error("cannot read the folder", {.where = folder.string(), .got = failure.message()});
  return std::nullopt;
}

// What may be in a folder that is not yet a run: what create() left when it was killed, as the lock file shows.
std::vector<std::string> names_of_begun(const fs::path& folder) {
  std::error_code failure;
  const fs::path file = folder / kLockFile;
  if (!fs::is_regular_file(fs::symlink_status(file, failure))) return {};
  const auto size = fs::file_size(file, failure);
  if (size == 0) return {kLockFile};  // killed before it wrote the mark
  return size == kLockMark.size() && read_file(file) == kLockMark ? kBegun : std::vector<std::string>();
}

std::shared_ptr<const FileLock> lock_to_train(const fs::path& folder) {
  auto lock = FileLock::acquire(folder / kLockFile, FileLock::Open::kEither);
  if (!lock) {
    throw usage_error("another program trains in this folder now",
                      {.where = folder.string(), .expected = "to wait until it ends"});
  }
  if (!lock->held()) {
    log_warning("no file can be locked here, so a second training is not kept out of " + folder.string());
  }
  lock->write(kLockMark);
  return std::make_shared<const FileLock>(*std::move(lock));
}

// What programs left that were killed while they wrote into the run.
void remove_leftovers(const RunDirectory& run) {
  for (const fs::path& folder : {run.path(), run.path() / "sources"}) remove_abandoned_files_in(folder);
  for (const fs::path& folder : {run.path() / "checkpoint", run.bundle(), ModelBundle::model_folder(run.bundle())}) {
    AtomicDirectory::recover(folder);
  }
}

std::string manifest_text(const RunManifest& m) {
  nlohmann::json object{{"version", kRunVersion},
                        {"p5", m.p5_version},
                        {"corpus", m.corpus},
                        {"corpus_name", m.corpus_name},
                        {"data_sha256", m.data_sha256},
                        {"config_sha256", m.config_sha256},
                        {"seed", m.seed}};
  if (!m.privacy.empty()) object["privacy"] = nlohmann::json::parse(m.privacy);
  object["checksum"] = json_checksum(object);
  return pretty_json(object) + "\n";
}

}  // namespace

void RunDirectory::note(const TrainPrivacy& spent) const {
  RunManifest manifest = manifest_;
  const PrivacyPlan& plan = spent.plan;
  manifest.privacy = nlohmann::json{{"unit", plan.unit},   {"units", plan.units},  {"epsilon", spent.epsilon},
                                    {"delta", plan.delta}, {"steps", spent.steps}, {"noise", plan.noise},
                                    {"clip", plan.clip},   {"rate", plan.rate},    {"secret_noise", spent.secret},
                                    {"accountant", "rdp"}}
                         .dump();
  write_file_atomically(manifest_file(), manifest_text(manifest));
}

void RunDirectory::require_free(const fs::path& path) {
  std::error_code failure;
  if (!fs::exists(path, failure)) return;
  if (!fs::is_directory(path, failure)) {
    throw usage_error("there is a file where the run folder should be",
                      {.where = path.string(), .expected = "a new --out"});
  }
  if (fs::exists(RunDirectory(path).manifest_file(), failure)) {
    throw usage_error("the folder holds a run already",
                      {.where = path.string(), .expected = "a new --out, or --resume to go on with it"});
  }
  const auto foreign = first_foreign(path, names_of_begun(path));
  if (foreign) {
    throw usage_error("the folder for the run holds something else",
                      {.where = foreign->string(), .expected = "a new or an empty folder as --out"});
  }
}

void RunDirectory::require_writable(const fs::path& path) {
  std::error_code failure;
  fs::path there = fs::absolute(path).lexically_normal();
  while (!fs::exists(there, failure) && there.has_relative_path()) there = there.parent_path();
  if (!fs::is_directory(there, failure)) {
    throw usage_error("there is a file where a folder of the run should be",
                      {.where = there.string(), .expected = "a new --out"});
  }
  if (::access(there.c_str(), W_OK | X_OK) == 0) return;
  throw system_error("cannot create the run folder", {.where = path.string(),
                                                      .expected = "permission to write in " + there.string(),
                                                      .got = std::generic_category().message(errno)});
}

RunDirectory RunDirectory::create(const fs::path& path, const std::string& config_toml, RunManifest manifest,
                                  const std::function<void(const RunDirectory&)>& fill) {
  RunDirectory run(path);
  require_free(path);
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure) {
    throw system_error("cannot create the run folder", {.where = path.string(), .got = failure.message()});
  }
  run.lock_ = lock_to_train(path);
  sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
  require_free(path);  // another program may have been here before the lock was ours
  manifest.config_sha256 = sha256_hex(config_toml);
  run.manifest_ = std::move(manifest);
  if (fill) fill(run);
  write_file_atomically(run.config(), config_toml);
  write_file_atomically(run.manifest_file(), manifest_text(run.manifest_));
  return run;
}

RunDirectory RunDirectory::open(const std::filesystem::path& path) {
  RunDirectory run(path);
  const auto file = run.manifest_file();
  if (!file_exists(file)) {
    throw wrong_folder(path, FolderKind::kRun, ErrorSubject::kModel);
  }
  const nlohmann::json object = read_json(file, 1 << 20, ErrorSubject::kModel);
  const JsonFields fields(object, file.string(), ErrorSubject::kModel);
  fields.require_version(kRunVersion);
  if (object.contains("checksum") && fields.text("checksum") != json_checksum(object)) {  // older runs have none
    throw fields.bad("checksum", json_checksum(object), fields.text("checksum"));
  }
  RunManifest& m = run.manifest_;
  m.p5_version = fields.text("p5");
  m.corpus = fields.text("corpus");
  m.corpus_name = fields.text("corpus_name");
  m.data_sha256 = fields.text("data_sha256");
  m.config_sha256 = fields.text("config_sha256");
  m.seed = fields.number("seed");
  if (object.contains("privacy")) m.privacy = object["privacy"].dump();
  const std::string config_sha256 = sha256_hex(read_file(run.config(), 1 << 20));
  if (config_sha256 != m.config_sha256) {
    throw model_error("the configuration is not that of the run",
                      {.where = run.config().string(), .expected = "SHA-256 " + m.config_sha256, .got = config_sha256});
  }
  return run;
}

RunDirectory RunDirectory::open_to_train(const fs::path& path) {
  RunDirectory run = open(path);
  run.lock_ = lock_to_train(path);
  remove_leftovers(run);
  return run;
}

void RunDirectory::require_replaceable(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_regular_file(RunDirectory(path).manifest_file(), failure)) return require_free(path);
  if (const auto foreign = first_foreign(path, kWhole)) {
    throw usage_error("this would be lost if the run were replaced",
                      {.where = foreign->string(), .expected = "a run of p5 and nothing else there"});
  }
}

void RunDirectory::remove(const fs::path& path) {
  std::error_code failure;
  if (!fs::exists(path, failure)) return;
  require_replaceable(path);
  const auto lock = lock_to_train(path);
  fs::remove_all(path, failure);
  if (failure) throw system_error("cannot remove the run", {.where = path.string(), .got = failure.message()});
}

void RunDirectory::discard() const {
  std::error_code ignored;
  if (first_foreign(path_, kWhole)) return;
  fs::remove_all(path_, ignored);
}

}  // namespace p5
