#include "model/checkpoint_weights.h"

#include <utility>

#include "p5/error.h"

namespace p5 {

void require_weights(const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) return;
  throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "the model has no weights",
              {.where = path.string(), .expected = "one unsharded safetensors file", .got = "nothing"});
}

SafetensorsFile open_weights(const std::filesystem::path& path) {
  require_weights(path);
  return SafetensorsFile(path);
}

void save_checkpoint(const std::filesystem::path& folder, const ModelSpec& spec, std::vector<TensorRecord> records) {
  std::error_code failure;  // writing then reports the fault
  std::filesystem::create_directories(folder, failure);
  write_safetensors(folder / kWeightsFile, std::move(records));
  spec.write_json(folder / kConfigFile);
}

}  // namespace p5
