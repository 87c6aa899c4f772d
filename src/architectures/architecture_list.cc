#include "architectures/architecture_list.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/folder_checksums.h"
#include "base/replaced_folder.h"
#include "model/checkpoint_weights.h"
#include "model/config_fields.h"
#include "p5/error.h"
#include "t5/t5_architecture.h"

namespace p5 {
namespace {

const Architecture& architecture_of(std::string_view model_type) {
  for (const Architecture& row : architectures()) {
    if (std::ranges::find(row.model_types, model_type) != row.model_types.end()) return row;
  }
  throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "an architecture that is not in the list",
              {.got = std::string(model_type)});
}

// A configuration without "model_type" is of the first row's architecture.
const Architecture& architecture_in(const std::filesystem::path& folder) {
  require_weights(folder / kWeightsFile);
  std::vector<std::string> known;
  for (const Architecture& row : architectures()) {
    known.insert(known.end(), row.model_types.begin(), row.model_types.end());
  }
  std::string type = known.front();
  ConfigFields(config_of(folder)).read_choice("model_type", type, known);
  return architecture_of(type);
}

}  // namespace

std::span<const Architecture> architectures() {
  static const std::array kRows = {t5_architecture()};
  return kRows;
}

std::unique_ptr<ModelSpec> read_model_spec(const std::filesystem::path& folder) {
  return read_replaceable(folder / kConfigFile, [&folder] {
    if (const auto sums = FolderChecksums::open(folder)) sums->verify(kConfigFile);
    return architecture_in(folder).read_spec(folder);
  });
}

std::unique_ptr<SequenceModel> make_sequence_model(const ModelSpec& spec, std::uint64_t seed,
                                                   const DeviceOptions& device) {
  check_device(device);
  return architecture_of(spec.model_type()).make(spec, seed, device);
}

std::unique_ptr<SequenceModel> load_sequence_model(const std::filesystem::path& folder, const DeviceOptions& device) {
  check_device(device);
  return read_replaceable(folder / kConfigFile, [&] {
    FolderChecksums::verify_all(folder);
    return architecture_in(folder).load(folder, device);
  });
}

}  // namespace p5
