#include "cli/sagemaker.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/json_field.h"
#include "base/logger.h"
#include "cli/serving.h"
#include "p5/error.h"
#include "p5/pipeline.h"

namespace p5::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uint64_t kMostSettingsBytes = 1 << 20;

std::string environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

std::int64_t number_in_environment(const char* name, std::int64_t otherwise, std::int64_t most) {
  const std::string text = environment(name, std::to_string(otherwise));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > most) {
    throw usage_error(
        "bad environment variable",
        {.where = name, .expected = "a number from 0 to " + std::to_string(most), .got = "'" + text + "'"});
  }
  return number;
}

// All values are texts. Names that begin with "_" or "sagemaker_" are SageMaker's own.
Settings hyperparameters(const fs::path& file) {
  const Json values = read_json(file, kMostSettingsBytes, ErrorSubject::kRequest);
  if (!values.is_object()) {
    throw usage_error("bad settings", {.where = file.string(), .expected = "a JSON object", .got = brief(values)});
  }
  Settings settings;
  for (const auto& [name, value] : values.items()) {
    if (name.starts_with('_') || name.starts_with("sagemaker_")) continue;
    const std::string key = name.find('.') == std::string::npos ? "train." + name : name;
    settings.push_back({key, value.is_string() ? value.get<std::string>() : value.dump(), file.filename().string()});
  }
  return settings;
}

Settings those_of_import(Settings& settings) {
  const auto first =
      std::ranges::stable_partition(settings, [](const Setting& each) { return !each.key.starts_with("import."); });
  Settings of_import(first.begin(), first.end());
  settings.erase(first.begin(), settings.end());
  return of_import;
}

// Each channel of data is a folder.
std::vector<std::string> channels(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) names.push_back(entry.path().string());
  std::ranges::sort(names);
  if (names.empty()) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kData, "no data",
                {.where = folder.string(), .expected = "a folder for each channel"});
  }
  return names;
}

bool is_corpus(const fs::path& folder) { return fs::is_regular_file(folder / "corpus.json"); }

}  // namespace

std::optional<SageMakerJob> SageMakerJob::asked_for(std::span<const std::string> words) {
  if (words.size() != 1 || (words[0] != "train" && words[0] != "serve")) return std::nullopt;
  const fs::path base = environment("SAGEMAKER_BASE_DIR", "/opt/ml");
  const fs::path needed = words[0] == "train" ? base / "input" / "data" : base / "model";
  if (!fs::is_directory(needed)) return std::nullopt;
  return SageMakerJob(words[0], base);
}

int SageMakerJob::run() const { return word_ == "train" ? train() : serve(); }

// The corpus is kept beside the run: answers need it.
int SageMakerJob::train() const {
  const fs::path file = base_ / "input" / "config" / "hyperparameters.json";
  Settings settings = fs::exists(file) ? hyperparameters(file) : Settings();
  const Settings of_import = those_of_import(settings);
  const std::vector<std::string> data = channels(base_ / "input" / "data");
  const fs::path corpus = base_ / "model" / "corpus", run = base_ / "model" / "run";
  fs::create_directories(base_ / "model");
  if (data.size() == 1 && is_corpus(data.front())) {
    fs::copy(data.front(), corpus, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  } else {
    const StageReport imported =
        import_corpus({.inputs = data, .out = corpus.string(), .settings = of_import, .stop = interrupt_token()});
    fmt::print("{}\n", imported.text);
  }
  const StageReport trained =
      p5::train({.corpus = corpus.string(), .out = run.string(), .settings = settings, .stop = interrupt_token()});
  fmt::print("{}\n", trained.text);
  return 0;
}

int SageMakerJob::serve() const {
  ServeOptions options;
  options.host = "0.0.0.0";
  options.port = number_in_environment("SAGEMAKER_BIND_TO_PORT", 8080, 65535);
  options.workers = number_in_environment("SAGEMAKER_MODEL_SERVER_WORKERS", 0, 1024);
  const fs::path inner = base_ / "model" / "run";
  const std::string run = (fs::is_directory(inner) ? inner : base_ / "model").string();
  return serve_until_stopped(options, {{"default", run}}, "default", {});
}

void SageMakerJob::explain_failure(const std::string& reason) const {
  constexpr std::size_t kMostShown = 1024;  // SageMaker shows no more
  if (word_ != "train") return;
  try {
    fs::create_directories(base_ / "output");
    write_file_atomically(base_ / "output" / "failure", reason.substr(0, kMostShown));
  } catch (const std::exception& error) {
    log_warning(std::string("the reason of the failure cannot be written: ") + error.what());
  }
}

}  // namespace p5::cli
