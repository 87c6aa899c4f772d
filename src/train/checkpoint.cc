#include "train/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/digest.h"
#include "base/json_checksum.h"
#include "base/json_field.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr const char* kManifest = "trainer.json";
constexpr const char* kFormat = "p5-checkpoint";
constexpr int kVersion = 1;
constexpr std::uint64_t kLargestManifest = 1 << 20;

std::string checksum_text(std::span<const std::byte> bytes) { return fmt::format("{:016x}", checksum64(bytes)); }

Json early_stopping_json(const EarlyStopping::State& state) {
  return {{"best", std::isfinite(state.best) ? Json(state.best) : Json()},
          {"best_step", state.best_step},
          {"stale", state.stale},
          {"validations", state.validations}};
}

Json files_json(const fs::path& folder) {
  Json files = Json::object();
  for (const auto& entry : fs::directory_iterator(folder)) {
    const MappedFile file(entry.path());
    files[entry.path().filename().string()] = {{"bytes", file.bytes().size()}, {"xxh3", checksum_text(file.bytes())}};
  }
  return files;
}

Json manifest_of(const TrainerState& state, const fs::path& folder) {
  Json document = {{"format", kFormat},
                   {"version", kVersion},
                   {"step", state.step},
                   {"planned_steps", state.planned_steps},
                   {"batches", state.batches},
                   {"world", state.world},
                   {"tokens", state.tokens},
                   {"seconds", state.seconds},
                   {"step_seconds", state.step_seconds},
                   {"validated_step", state.validated_step},
                   {"smooth_loss", state.smooth_loss},
                   {"early_stopping", early_stopping_json(state.early_stopping)},
                   {"options", state.options},
                   {"files", files_json(folder)}};
  document["checksum"] = json_checksum(document);
  return document;
}

std::int64_t count_of(const Json& document, const char* field) {
  const auto value = document.at(field).get<std::int64_t>();
  if (value < 0)
    throw model_error("a count is negative",
                      {.where = field, .expected = "0 or more", .got = fmt::format("{}", value)});
  return value;
}

EarlyStopping::State early_stopping_of(const Json& document) {
  EarlyStopping::State state;
  if (document.at("best").is_number()) state.best = document.at("best").get<double>();
  state.best_step = count_of(document, "best_step");
  state.stale = count_of(document, "stale");
  state.validations = count_of(document, "validations");
  return state;
}

TrainerState state_of(const Json& document) {
  TrainerState state;
  state.step = count_of(document, "step");
  state.planned_steps = count_of(document, "planned_steps");
  state.batches = count_of(document, "batches");
  // Checkpoints of earlier versions are of one process.
  state.world = document.contains("world") ? std::max<std::int64_t>(count_of(document, "world"), 1) : 1;
  state.tokens = count_of(document, "tokens");
  state.seconds = document.at("seconds").get<double>();
  state.step_seconds = document.at("step_seconds").get<double>();
  state.validated_step = document.at("validated_step").get<std::int64_t>();
  state.smooth_loss = document.at("smooth_loss").get<double>();
  state.early_stopping = early_stopping_of(document.at("early_stopping"));
  state.options = document.at("options").get<std::map<std::string, std::string>>();
  return state;
}

CheckpointFile verified_file(const fs::path& path, const Json& entry) {
  if (!file_exists(path)) {
    throw model_error("a file of the checkpoint is missing",
                      {.where = path.string(), .expected = "a file", .got = "none"});
  }
  CheckpointFile opened{.path = path, .content = std::make_shared<const MappedFile>(path)};
  const MappedFile& file = *opened.content;
  const auto bytes = entry.at("bytes").get<std::uint64_t>();
  if (file.bytes().size() != bytes) {
    throw model_error("the checkpoint is damaged: wrong size", {.where = path.string(),
                                                                .expected = fmt::format("{} bytes", bytes),
                                                                .got = fmt::format("{}", file.bytes().size())});
  }
  const std::string expected = entry.at("xxh3").get<std::string>(), got = checksum_text(file.bytes());
  if (got != expected) {
    throw model_error("the checkpoint is damaged: wrong checksum",
                      {.where = path.string(), .expected = expected, .got = got});
  }
  return opened;
}

Json read_manifest(const fs::path& path) {
  if (!fs::is_regular_file(path)) {
    throw model_error("the checkpoint has no manifest", {.where = path.string(), .expected = "a file", .got = "none"});
  }
  if (fs::file_size(path) > kLargestManifest) {
    throw model_error("the manifest of the checkpoint is too large",
                      {.where = path.string(),
                       .expected = fmt::format("at most {} bytes", kLargestManifest),
                       .got = fmt::format("{}", fs::file_size(path))});
  }
  const std::string text = read_file(path);
  Json document = parse_json(text);
  if (!document.is_object() || document.value("format", Json()) != kFormat) {
    throw model_error("this is not a manifest of a checkpoint",
                      {.where = path.string(),
                       .expected = fmt::format("JSON with format {}", kFormat),
                       .got = fmt::format("{} bytes of something else", text.size())});
  }
  if (document.value("version", Json()) != kVersion) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "the checkpoint has another version",
                {.where = path.string(),
                 .expected = fmt::format("{}", kVersion),
                 .got = document.value("version", Json()).dump(-1, ' ', true, Json::error_handler_t::replace)});
  }
  return document;
}

// The manifest, after verifying that it is what was written.
Json verified_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifest;
  Json document = read_manifest(path);
  const std::string expected = document.at("checksum").get<std::string>(), got = json_checksum(document);
  if (expected != got) {
    throw model_error("the checkpoint is damaged: wrong checksum",
                      {.where = path.string(), .expected = expected, .got = got});
  }
  return document;
}

std::map<std::string, CheckpointFile> verified_files(const fs::path& folder, const Json& manifest) {
  std::map<std::string, CheckpointFile> files;
  for (const auto& [name, entry] : manifest.at("files").items()) {
    // A name that contains folders would lead outside the checkpoint.
    if (fs::path(name).filename() != name) {
      throw model_error("bad file name",
                        {.where = (folder / kManifest).string(), .expected = "a plain name", .got = name});
    }
    files.emplace(name, verified_file(folder / name, entry));
  }
  return files;
}

Error changed_option(const std::string& key, const std::string& saved, const std::string& now) {
  return usage_error(fmt::format("cannot resume with another {}", key),
                     {.where = "checkpoint", .expected = saved + " (as the run began)", .got = now});
}

}  // namespace

std::map<std::string, std::string> fixed_options(const TrainOptions& options) {
  TrainOptions copy = options;
  OptionTable table;
  copy.bind(table);
  std::map<std::string, std::string> fixed;
  for (const OptionRow& row : table.rows()) {
    if (row.scope == OptionScope::kTraining) fixed[row.key] = row.print();
  }
  return fixed;
}

void require_same_options(const TrainerState& saved, const TrainOptions& options, std::int64_t planned_steps) {
  // An option that the checkpoint lacks was added later: the run was trained with its default.
  const std::map<std::string, std::string> defaults = fixed_options({});
  for (const auto& [key, now] : fixed_options(options)) {
    const auto before = saved.options.find(key);
    const std::string& text = before == saved.options.end() ? defaults.at(key) : before->second;
    if (text != now) throw changed_option(key, text, now);
  }
  if (saved.planned_steps != planned_steps) {
    throw changed_option("number of planned steps (did the data change?)", fmt::format("{}", saved.planned_steps),
                         fmt::format("{}", planned_steps));
  }
}

CheckpointWriter::CheckpointWriter(const fs::path& run)
    : folder_(run / "checkpoint", AtomicDirectory::Existing::kReplace) {}

void CheckpointWriter::commit(const TrainerState& state) {
  write_file_atomically(file(kManifest), manifest_of(state, folder_.path()).dump(1) + "\n");
  folder_.commit();
}

std::optional<Checkpoint> Checkpoint::open(const fs::path& run) {
  AtomicDirectory::recover(run / "checkpoint");
  Checkpoint checkpoint;
  checkpoint.folder_ = run / "checkpoint";
  if (!file_exists(checkpoint.folder_)) return std::nullopt;
  try {
    const Json document = verified_manifest(checkpoint.folder_);
    checkpoint.state_ = state_of(document);
    checkpoint.files_ = verified_files(checkpoint.folder_, document);
  } catch (const Json::exception& error) {
    throw model_error("the manifest of the checkpoint is damaged", {.where = (checkpoint.folder_ / kManifest).string(),
                                                                    .expected = "the fields of docs/formats.md",
                                                                    .got = error.what()});
  }
  return checkpoint;
}

void Checkpoint::remove(const fs::path& run) {
  AtomicDirectory::recover(run / "checkpoint");
  std::error_code ignored;
  fs::remove_all(run / "checkpoint", ignored);
}

const CheckpointFile& Checkpoint::file(const std::string& name) const {
  const auto found = files_.find(name);
  if (found == files_.end()) {
    throw model_error("a file of the checkpoint is missing",
                      {.where = (folder_ / kManifest).string(), .expected = name, .got = "not listed"});
  }
  return found->second;
}

}  // namespace p5
