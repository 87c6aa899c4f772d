#include "model/checkpoint_weights.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/json_field.h"
#include "model/adapter_weights.h"
#include "p5/error.h"

namespace p5 {

namespace {

constexpr std::uint64_t kIndexLimit = 1 << 26;  // bytes
constexpr int kIndexDepth = 4;

std::filesystem::path index_of(const std::filesystem::path& path) { return path.string() + kShardIndexEnding; }

// The files that the index names, each once.
std::set<std::string> shards_of(const std::filesystem::path& index) {
  const nlohmann::json document = parse_json(read_file(index, kIndexLimit), kIndexDepth);
  const JsonFields root(document, index.string(), ErrorSubject::kModel);
  const nlohmann::json& map = root.at("weight_map");
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : map.items()) {
    // A name that leads out of the folder is not one of a shard.
    const bool plain =
        shard.is_string() && std::filesystem::path(shard.get<std::string>()).filename() == shard.get<std::string>();
    if (!plain) throw root.bad("weight_map", "names of files in this folder", brief(shard));
    shards.insert(shard.get<std::string>());
  }
  if (shards.empty()) throw root.bad("weight_map", "at least one tensor", brief(map));
  return shards;
}

}  // namespace

bool has_weights(const std::filesystem::path& path) { return file_exists(path) || file_exists(index_of(path)); }

void require_weights(const std::filesystem::path& path) {
  if (has_weights(path) || is_adapter(path.parent_path())) return;
  throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "the model has no weights",
              {.where = path.string(),
               .expected = "this file, or its shards with " + index_of(path).filename().string(),
               .got = "nothing"});
}

std::filesystem::path config_of(const std::filesystem::path& folder) {
  const std::filesystem::path own = folder / kConfigFile;
  if (file_exists(own) || !is_adapter(folder)) return own;
  return config_of(base_of(folder, AdapterConfig::read(folder)));
}

SafetensorsFile open_weights(const std::filesystem::path& path) {
  require_weights(path);
  if (is_adapter(path.parent_path())) return open_adapted_weights(path.parent_path());
  if (std::filesystem::exists(path)) return SafetensorsFile(path);
  std::optional<SafetensorsFile> whole;
  for (const std::string& name : shards_of(index_of(path))) {
    const std::filesystem::path shard = path.parent_path() / name;
    if (!std::filesystem::exists(shard)) {
      throw Error(
          ErrorCode::kNotFound, ErrorSubject::kModel, "a shard of the weights is missing",
          {.where = shard.string(), .expected = "every file that " + index_of(path).filename().string() + " names"});
    }
    if (whole) {
      whole->add(SafetensorsFile(shard));
    } else {
      whole.emplace(shard);
    }
  }
  return std::move(*whole);
}

void save_checkpoint(const std::filesystem::path& folder, const ModelSpec& spec, std::vector<TensorRecord> records) {
  std::error_code failure;  // writing then reports the fault
  std::filesystem::create_directories(folder, failure);
  write_safetensors(folder / kWeightsFile, std::move(records));
  spec.write_json(folder / kConfigFile);
}

}  // namespace p5
