#include "pipeline/update_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/abandoned_files.h"
#include "base/file.h"
#include "base/json_checksum.h"
#include "base/json_field.h"
#include "base/marked_folder.h"
#include "p5/error.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

constexpr std::uint64_t kUpdateVersion = 1;
constexpr std::uint64_t kStateBytes = 16 << 20;
constexpr const char* kStateFile = "state.json";
constexpr const char* kLockFile = "lock";
constexpr const char* kLink = "current";

std::string name_of(const char* what, std::int64_t generation) { return fmt::format("{}-{:04}", what, generation); }

// The generation of a folder by its name; none for other names.
std::optional<std::int64_t> generation_of(const std::string& name) {
  for (const std::string prefix : {"generation-", "corpus-"}) {
    if (!name.starts_with(prefix)) continue;
    const std::string digits = name.substr(prefix.size());
    if (digits.size() < 4 || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos) continue;
    return std::stoll(digits);
  }
  return std::nullopt;
}

OrderedJson to_json(const UpdateGeneration& generation) {
  return {{"number", generation.number},          {"parent", generation.parent},
          {"verdict", generation.verdict},        {"source", generation.source},
          {"offset", generation.position.events}, {"partitions", generation.position.partitions},
          {"removed", generation.removed}};
}

// States of before Kafka could be read have none.
std::vector<std::int64_t> partitions_from(const nlohmann::json& object, const std::string& where) {
  std::vector<std::int64_t> partitions;
  const auto found = object.find("partitions");
  if (found == object.end()) return partitions;
  for (const nlohmann::json& offset : *found) {
    if (!offset.is_number_integer() || offset < 0) {
      throw data_error("bad field", {.where = where + ": partitions", .expected = "offsets", .got = brief(offset)});
    }
    partitions.push_back(offset.get<std::int64_t>());
  }
  return partitions;
}

UpdateGeneration generation_from(const nlohmann::json& object, const std::string& where) {
  const JsonFields fields(object, where, ErrorSubject::kData);
  constexpr std::uint64_t kMost = 1'000'000'000;
  const nlohmann::json& removed = fields.at("removed");
  if (!removed.is_boolean()) throw fields.bad("removed", "true or false", brief(removed));
  return {.number = static_cast<std::int64_t>(fields.number("number", kMost)),
          .parent = static_cast<std::int64_t>(fields.number("parent", kMost)),
          .verdict = fields.text("verdict"),
          .source = fields.text("source"),
          .position = {.events = fields.number("offset"), .partitions = partitions_from(object, where)},
          .removed = removed.get<bool>()};
}

bool has(const UpdateState& state, std::int64_t number) {
  return std::ranges::any_of(state.generations, [&](const auto& one) { return one.number == number && !one.removed; });
}

}  // namespace

const UpdateGeneration& UpdateState::at(std::int64_t number) const {
  return *std::ranges::find(generations, number, &UpdateGeneration::number);
}
UpdateGeneration& UpdateState::at(std::int64_t number) {
  return *std::ranges::find(generations, number, &UpdateGeneration::number);
}

bool UpdateFolder::is_there(const fs::path& path) {
  if (file_exists(path / kStateFile)) return true;
  if (!file_exists(path)) return false;
  std::error_code failure;
  // What create() left when it was killed.
  const bool ours =
      fs::is_directory(path) && std::ranges::all_of(fs::directory_iterator(path, failure), [](auto& entry) {
        const std::string name = entry.path().filename().string();
        return name == kLockFile || is_temporary_name(name);
      });
  if (ours && !failure) return false;
  throw usage_error("this is no folder of updates",
                    {.where = path.string(), .expected = "a new folder, or one that p5 update made"});
}

UpdateFolder UpdateFolder::create(const fs::path& path, const std::string& run, const std::string& corpus) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure) throw system_error("cannot create the folder", {.where = path.string(), .got = failure.message()});
  UpdateFolder folder(path);
  folder.state_ = {.run = run, .corpus = corpus, .generations = {{.verdict = "given"}}};
  folder.write();
  folder.link();
  return folder;
}

UpdateFolder UpdateFolder::open(const fs::path& path) {
  if (!is_there(path)) {
    throw not_found_error("there is no folder of updates",
                          {.where = path.string(), .expected = "a folder that p5 update --run made"});
  }
  UpdateFolder folder(path);
  folder.read();
  return folder;
}

void UpdateFolder::lock() {
  if (lock_) return;
  lock_ = FileLock::acquire(path_ / kLockFile, FileLock::Open::kEither);
  if (!lock_) {
    throw usage_error("another program updates here",
                      {.where = path_.string(), .expected = "p5 update --follow to be stopped first"});
  }
  read();
  remove_unfinished();
  link();
}

void UpdateFolder::read() {
  const fs::path file = path_ / kStateFile;
  const nlohmann::json object = read_json(file, kStateBytes, ErrorSubject::kData);
  const JsonFields fields(object, file.string(), ErrorSubject::kData);
  fields.require_version(kUpdateVersion);
  if (fields.text("checksum") != json_checksum(object)) {
    throw fields.bad("checksum", json_checksum(object), fields.text("checksum"));
  }
  UpdateState state{.run = fields.text("run"),
                    .corpus = fields.text("corpus"),
                    .current = static_cast<std::int64_t>(fields.number("current", 1'000'000'000)),
                    .generations = {}};
  for (const nlohmann::json& one : fields.list("generations")) {
    state.generations.push_back(generation_from(one, file.string() + ": generations"));
  }
  if (!has(state, state.current)) {
    throw fields.bad("current", "a generation that is there", std::to_string(state.current));
  }
  state_ = std::move(state);
}

void UpdateFolder::write() const {
  OrderedJson object{{"version", kUpdateVersion},
                     {"run", state_.run},
                     {"corpus", state_.corpus},
                     {"current", state_.current},
                     {"generations", OrderedJson::array()}};
  for (const UpdateGeneration& generation : state_.generations) object["generations"].push_back(to_json(generation));
  object["checksum"] = json_checksum(nlohmann::json::parse(object.dump()));
  write_file_atomically(path_ / kStateFile, pretty_json(object) + "\n");
}

// A link cannot be changed, so another one takes its name.
void UpdateFolder::link() const {
  const fs::path target = state_.current == 0 ? fs::path(state_.run) : fs::path(name_of("generation", state_.current));
  std::error_code failure;
  if (fs::read_symlink(path_ / kLink, failure) == target) return;
  const fs::path temporary = temporary_sibling(path_ / kLink);
  fs::create_symlink(target, temporary, failure);
  if (!failure) fs::rename(temporary, path_ / kLink, failure);
  if (failure) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw system_error("cannot link to the current run", {.where = (path_ / kLink).string(), .got = failure.message()});
  }
  sync_folder(path_);
}

fs::path UpdateFolder::linked_run() const {
  std::error_code failure;
  const fs::path target = fs::read_symlink(path_ / kLink, failure);
  return failure ? fs::path() : (path_ / target).lexically_normal();
}

bool UpdateFolder::is_linked() const { return linked_run() == run_of(state_.current).lexically_normal(); }

fs::path UpdateFolder::run_of(std::int64_t generation) const {
  return generation == 0 ? fs::path(state_.run) : path_ / name_of("generation", generation);
}

fs::path UpdateFolder::corpus_of(std::int64_t generation) const {
  return generation == 0 ? fs::path(state_.corpus) : path_ / name_of("corpus", generation);
}

// Nobody else works here, so what is not named by the state is nobody's.
void UpdateFolder::remove_unfinished() const {
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    const auto generation = generation_of(name.substr(0, name.find(".tmp-")));
    const bool link = entry.is_symlink() && is_temporary_name(name, kLink);
    if (link || (generation && (!has(state_, *generation) || is_temporary_name(name)))) left.push_back(entry.path());
  }
  std::error_code ignored;
  for (const fs::path& one : left) fs::remove_all(one, ignored);
  remove_abandoned_files_in(path_);
}

void UpdateFolder::commit(UpdateState state, std::int64_t keep) {
  std::int64_t kept = 0;
  for (auto one = state.generations.rbegin(); one != state.generations.rend(); ++one) {
    if (one->number == 0 || one->removed) continue;
    const bool needed = one->number == state.current || one->number == state.at(state.current).parent;
    one->removed = ++kept > keep && !needed;
  }
  state_ = std::move(state);
  write();
  link();
  remove_unfinished();
}

void UpdateFolder::discard(std::int64_t generation) const {
  std::error_code ignored;
  fs::remove_all(path_ / name_of("generation", generation), ignored);
  fs::remove_all(path_ / name_of("corpus", generation), ignored);
}

}  // namespace p5
