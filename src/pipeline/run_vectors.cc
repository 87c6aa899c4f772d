#include "pipeline/run_vectors.h"

#include <fmt/format.h>

#include <memory>

#include "base/option_table.h"
#include "p5/error.h"
#include "recommend/candidate_sources.h"
#include "recommend/loaded_run.h"
#include "recommend/opened_sources.h"

namespace p5 {
namespace {

constexpr std::string_view kPrefix = "encoder:";

std::string text_of(SplitOptions split) {
  OptionTable table;
  split.bind(table);
  return table.to_toml();
}

void require_same_items(const LoadedRun& run, const ItemCatalog& catalog, const std::string& where) {
  const ItemCatalog& known = run.data.corpus->catalog();
  for (ItemId item = 0; item < known.size(); ++item) {
    if (item < catalog.size() && known.key(item) == catalog.key(item)) continue;
    throw model_error("the run whose item vectors are asked for has other items",
                      {.where = where,
                       .expected = fmt::format("'{}' as item {}", known.key(item), item),
                       .got = item < catalog.size() ? fmt::format("'{}'", catalog.key(item)) : "no such item"});
  }
}

ItemVectors vectors_of_encoder(const SourceInputs& inputs) {
  const auto source = open_source(require_candidate_source("encoder"), inputs);
  return dynamic_cast<const ItemVectorTable&>(*source).learnt_vectors();
}

}  // namespace

std::optional<std::filesystem::path> run_of_encoder(std::string_view name) {
  if (!name.starts_with(kPrefix) || name.size() == kPrefix.size()) return std::nullopt;
  return std::filesystem::path(name.substr(kPrefix.size()));
}

ItemVectors vectors_of_run(const std::filesystem::path& run, const DataSplits& data, const SplitOptions& split,
                           std::size_t threads) {
  const auto loaded = LoadedRun::open(run);
  require_same_items(*loaded, data.corpus->catalog(), run.string());
  if (text_of(loaded->bundle.split) != text_of(split)) {
    throw model_error("the run whose item vectors are asked for was trained on another split",
                      {.where = run.string(), .expected = "the same split.* options", .got = "other ones"});
  }
  const SourceInputs inputs{.run = *loaded,
                            .options = loaded->bundle.sources,
                            .threads = threads,
                            .folder = sources_folder(run),
                            .keep = false};
  if (!is_fitted(require_candidate_source("encoder"), inputs)) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "a run that keeps no trained encoder",
                {.where = run.string(),
                 .expected = "sources/encoder.fit, which train.item_vectors = \"encoder\" or a hybrid leaves"});
  }
  return vectors_of_encoder(inputs);
}

ItemVectors vectors_of_own_encoder(const LoadedRun& run, const SourceOptions& options,
                                   const std::filesystem::path& folder, std::size_t threads, const StopToken& stop) {
  return vectors_of_encoder(
      {.run = run, .options = options, .threads = threads, .folder = folder, .keep = !folder.empty(), .stop = stop});
}

}  // namespace p5
