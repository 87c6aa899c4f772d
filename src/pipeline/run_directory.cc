#include "pipeline/run_directory.h"

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/file.h"
#include "base/json_field.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr int kRunVersion = 1;

}  // namespace

RunDirectory RunDirectory::create(const std::filesystem::path& path, const std::string& config_toml,
                                  RunManifest manifest) {
  RunDirectory run(path);
  if (std::filesystem::exists(run.manifest_file())) {
    throw usage_error("the folder holds a run already",
                      {.where = path.string(), .expected = "a new --out, or --resume to go on with it"});
  }
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) {
    throw system_error("cannot create the run folder", {.where = path.string(), .got = failure.message()});
  }
  manifest.config_sha256 = sha256_hex(config_toml);
  run.manifest_ = std::move(manifest);
  const RunManifest& m = run.manifest_;
  const nlohmann::json object{{"version", kRunVersion},
                              {"p5", m.p5_version},
                              {"corpus", m.corpus},
                              {"corpus_name", m.corpus_name},
                              {"data_sha256", m.data_sha256},
                              {"config_sha256", m.config_sha256},
                              {"seed", m.seed}};
  write_file_atomically(run.config(), config_toml);
  write_file_atomically(run.manifest_file(), pretty_json(object) + "\n");
  return run;
}

RunDirectory RunDirectory::open(const std::filesystem::path& path) {
  RunDirectory run(path);
  const auto file = run.manifest_file();
  if (!std::filesystem::exists(file)) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "no run here",
                {.where = path.string(), .expected = "a folder that p5 train wrote (with run.json)"});
  }
  const nlohmann::json object = read_json(file, 1 << 20, ErrorSubject::kModel);
  const JsonFields fields(object, file.string(), ErrorSubject::kModel);
  fields.require_version(kRunVersion);
  RunManifest& m = run.manifest_;
  m.p5_version = fields.text("p5");
  m.corpus = fields.text("corpus");
  m.corpus_name = fields.text("corpus_name");
  m.data_sha256 = fields.text("data_sha256");
  m.config_sha256 = fields.text("config_sha256");
  m.seed = fields.number("seed");
  const std::string config_sha256 = sha256_hex(read_file(run.config(), 1 << 20));
  if (config_sha256 != m.config_sha256) {
    throw model_error("the configuration is not the one of the run",
                      {.where = run.config().string(), .expected = "SHA-256 " + m.config_sha256, .got = config_sha256});
  }
  return run;
}

}  // namespace p5
