#include "pipeline/merged_model.h"

#include <fmt/format.h>

#include "architectures/architecture_list.h"
#include "base/file.h"
#include "base/logger.h"
#include "model/adapter_weights.h"
#include "p5/error.h"
#include "pipeline/bundle_weights.h"
#include "pipeline/initial_weights.h"
#include "recommend/model_bundle.h"

namespace p5 {
namespace fs = std::filesystem;

ModelFacts model_facts(const fs::path& model) {
  ModelFacts facts;
  facts.folder = weights_of(model);
  facts.parameters = read_model_spec(facts.folder)->parameter_count();
  if (is_adapter(facts.folder)) {
    const AdapterConfig config = AdapterConfig::read(facts.folder);
    facts.adapter = config.type;
    facts.base = base_of(facts.folder, config).lexically_normal();
  }
  for (const auto& entry : fs::directory_iterator(facts.folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    facts.bytes += entry.file_size();
    const SafetensorsFile file(entry.path());
    for (const auto& [name, record] : file.tensors()) facts.stored += record.element_count();
  }
  return facts;
}

void merge_model(const fs::path& model, const fs::path& out) {
  const fs::path folder = weights_of(model);
  if (is_adapter(folder)) {
    const AdapterConfig config = AdapterConfig::read(folder);
    if (!config.merges()) {
      log_warning(
          fmt::format("{}: {} cannot be merged into the base's tensors: it is written beside them, and only p5 "
                      "reads the result",
                      folder.string(), config.type));
    }
  }
  AtomicDirectory target(out, AtomicDirectory::Existing::kRefuse);
  load_sequence_model(folder, {.device = "cpu", .threads = 1})->save(target.path());
  target.commit();
}

void merge_adapter(const fs::path& bundle) {
  const fs::path weights = ModelBundle::model_folder(bundle);
  if (!is_adapter(weights)) return;
  const auto model = load_sequence_model(weights, {.device = "cpu", .threads = 1});
  replace_weights(bundle, bundle, [&](const fs::path& folder) { model->save(folder); });
}

}  // namespace p5
