// The folder of one training run: its configuration, its data and all results.
//
//   RUN/config.toml     the effective configuration
//   RUN/run.json        versions, hashes of configuration and data, path of the corpus
//   RUN/bundle/         what answers need: model, vocabulary, index, prompts (docs/formats.md)
//   RUN/checkpoint/     the state to resume from
//   RUN/lock            locked by the program that trains; its text marks the folder as a run, also an unfinished one
//   RUN/metrics.jsonl, RUN/tensorboard/
//   RUN/report.*        reports (pipeline/report_files.h)
//   RUN/sources/        fitted sources of candidates (recommend/opened_sources.h)
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/file_lock.h"
#include "train/trainer.h"

namespace p5 {

struct RunManifest {
  std::string p5_version;
  std::string corpus;  // absolute path
  std::string corpus_name;
  std::string data_sha256;    // Corpus::info().data_sha256
  std::string config_sha256;  // of config.toml
  std::uint64_t seed = 0;
  std::string privacy = {};  // what a private training has spent, as a JSON object; empty: training was not private
};

class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  // Throws InvalidArgument (request) unless a new run may be made here: nothing is there, or an empty folder, or what
  // create() left when it was killed.
  static void require_free(const std::filesystem::path& path);
  // The same, or a run, which remove() would remove.
  static void require_replaceable(const std::filesystem::path& path);
  // Throws Unavailable (system) where no folder can be made at `path`: found before hours of work, not after.
  static void require_writable(const std::filesystem::path& path);
  // Makes the folder and locks it for training; throws as require_free() does, and InvalidArgument (request) while
  // another program trains there. `fill` writes what belongs into the folder before it counts as a run: run.json comes
  // last.
  static RunDirectory create(const std::filesystem::path& path, const std::string& config_toml, RunManifest manifest,
                             const std::function<void(const RunDirectory&)>& fill = {});
  // Opens an existing run; throws NotFound or Corrupted (model).
  static RunDirectory open(const std::filesystem::path& path);
  // The same, locked for training until the last copy of the result is gone. Throws InvalidArgument (request) while
  // another program trains there.
  static RunDirectory open_to_train(const std::filesystem::path& path);
  // Removes a run, or what create() left of one; throws InvalidArgument (request) when anything else would be lost with
  // it, or while a program trains there. Nothing happens when nothing is there.
  static void remove(const std::filesystem::path& path);

  // Puts what a private training has spent into run.json.
  void note(const TrainPrivacy& spent) const;

  // Removes this run, which create() has just made, because its training failed before it had anything to keep.
  void discard() const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.toml"; }
  std::filesystem::path manifest_file() const { return path_ / "run.json"; }
  std::filesystem::path bundle() const { return path_ / "bundle"; }
  const RunManifest& manifest() const { return manifest_; }

 private:
  std::filesystem::path path_;
  RunManifest manifest_;
  std::shared_ptr<const FileLock> lock_;  // while it is trained
};

}  // namespace p5
