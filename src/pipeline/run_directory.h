// The folder of one training run: what was asked, on which data, and everything that came out.
//
//   RUN/config.toml     the effective configuration
//   RUN/run.json        versions, hashes of configuration and data, where the corpus lies
//   RUN/bundle/         what answers need: model, vocabulary, index, prompts (docs/formats.md)
//   RUN/checkpoint/     the state to resume from
//   RUN/metrics.jsonl, RUN/tensorboard/, RUN/report.json
#pragma once

#include <filesystem>
#include <string>

namespace p5 {

struct RunManifest {
  std::string p5_version;
  std::string corpus;  // absolute path
  std::string corpus_name;
  std::string data_sha256;    // Corpus::info().data_sha256
  std::string config_sha256;  // of config.toml
  std::uint64_t seed = 0;
};

class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  // Makes the folder; throws InvalidArgument when it holds a run already.
  static RunDirectory create(const std::filesystem::path& path, const std::string& config_toml, RunManifest manifest);
  // Opens an existing run; throws NotFound or Corrupted (model).
  static RunDirectory open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.toml"; }
  std::filesystem::path manifest_file() const { return path_ / "run.json"; }
  std::filesystem::path bundle() const { return path_ / "bundle"; }
  std::filesystem::path report() const { return path_ / "report.json"; }
  const RunManifest& manifest() const { return manifest_; }

 private:
  std::filesystem::path path_;
  RunManifest manifest_;
};

}  // namespace p5
