#include "pipeline/fuse_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "evaluate/text_table.h"
#include "p5/error.h"
#include "pipeline/initial_weights.h"
#include "recommend/candidate_sources.h"
#include "recommend/opened_sources.h"
#include "retrieval/hybrid_source.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHybrid = "hybrid";
constexpr std::array<std::string_view, 3> kModes = {"rrf", "probability", "log"};

// Of the parts alone: options of the hybrid may differ from the run's.
std::string text_of_parts(SourceOptions options) {
  options.hybrid = {};
  options.cold = {};
  OptionTable table;
  options.bind(table);
  return table.to_toml();
}

Json fusion_json(const HybridModel& model, const HybridFusion& fusion) {
  Json object{{"users", fusion.users}, {"method", fusion.method}, {"ndcg@10", fusion.ndcg}};
  for (const HybridFigure& figure : fusion.figures) {
    object["figures"].push_back({{"name", figure.name},
                                 {"ndcg@10", figure.ndcg},
                                 {"margin", figure.margin},
                                 {"than", figure.than},
                                 {"chosen", figure.chosen}});
  }
  for (const Mixture& mixture : fusion.mixtures) {
    Json parts = Json::object();
    for (std::size_t part = 0; part < model.parts.size(); ++part) {
      parts[model.parts[part]] = {{"weight", mixture.weights[part]}, {"sharpness", mixture.sharpness[part]}};
    }
    object["mixtures"].push_back({{"mode", kModes[static_cast<std::size_t>(mixture.mode)]},
                                  {"parts", std::move(parts)},
                                  {"seen_bias", mixture.seen_bias}});
  }
  return object;
}

// "item-knn 0.62, sharpness 1.25; p5 0.38; items of the history -20"
std::string describe(const HybridModel& model, const Mixture& mixture) {
  std::string text;
  for (std::size_t part = 0; part < model.parts.size(); ++part) {
    if (mixture.weights[part] < 0.0005) continue;
    text += fmt::format("{}{} {:.2f}", text.empty() ? "" : "; ", model.parts[part], mixture.weights[part]);
    if (mixture.sharpness[part] != 1) text += fmt::format(", sharpness {:.2f}", mixture.sharpness[part]);
  }
  if (mixture.seen_bias != 0) text += fmt::format("; items of the history {:+.0f}", mixture.seen_bias);
  return text;
}

// "rrf of item-knn 0.62; p5 0.38: .0644, best source p5 .0607". The figure is the cross-fitted one, where there is one.
std::string line_of(const HybridModel& model, const HybridFusion& fusion) {
  const std::string weights = fusion.mixtures.size() == 1 ? " of " + describe(model, fusion.mixtures.front()) : "";
  const auto chosen = std::ranges::find_if(fusion.figures, &HybridFigure::chosen);
  const auto best = std::ranges::max_element(fusion.figures, {}, [&](const HybridFigure& figure) {
    return std::ranges::count(model.parts, figure.name) > 0 ? figure.ndcg : -1;
  });
  return fmt::format("{}{}: {:.4f}, best source {} {:.4f}", fusion.method, weights,
                     chosen == fusion.figures.end() ? fusion.ndcg : chosen->ndcg, best->name, best->ndcg);
}

void add_rows(const HybridFusion& fusion, const std::string& task, TextTable& table) {
  for (const HybridFigure& figure : fusion.figures) {
    const std::string margin = figure.than.empty() ? "" : fmt::format("{:.4f} to {}", figure.margin, figure.than);
    table.add_row({task, figure.name + (figure.chosen ? " *" : ""), fmt::format("{:.4f}", figure.ndcg), margin});
  }
  table.add_row({task, "hybrid", fmt::format("{:.4f}", fusion.ndcg), fusion.method});
}

}  // namespace

SourceInputs source_inputs(const RunDirectory& run, const LoadedRun& loaded, SequenceModel& model,
                           const RunConfig& config) {
  return {.run = loaded,
          .options = config.sources,
          .threads = static_cast<std::size_t>(config.device.threads),
          .model = &model,
          .folder = sources_folder(run.path()),
          .keep = true,
          .stop = config.evaluate.stop,
          .earlier_folder = earlier_sources(config.train.init, loaded.bundle),
          .as_earlier = config.sources_stay};
}

HybridModel fuse_sources(const RunDirectory& run, const LoadedRun& loaded, SequenceModel& model,
                         const RunConfig& config) {
  const auto hybrid = fit_source(require_candidate_source(kHybrid), source_inputs(run, loaded, model, config));
  return static_cast<const HybridSource&>(*hybrid).model();
}

HybridModel fuse_run(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus) {
  const auto loaded = LoadedRun::open(run.path(), {.corpus = corpus});
  const std::string& now = loaded->data.corpus->info().data_sha256;
  if (now != run.manifest().data_sha256) {
    throw model_error("the corpus changed since the run was trained",
                      {.where = loaded->data.corpus->info().name,
                       .expected = "data with SHA-256 " + run.manifest().data_sha256,
                       .got = now});
  }
  if (text_of_parts(config.sources) != text_of_parts(loaded->bundle.sources)) {
    throw usage_error("the run answers with the options that its sources were trained with",
                      {.where = "options", .expected = "hybrid.*", .got = "other options of sources than the run's"});
  }
  const auto model = load_bundle_model(loaded->bundle, run.bundle(), config.device);
  return fuse_sources(run, *loaded, *model, config);
}

Json to_json(const HybridModel& model) {
  Json object{{"parts", model.parts}, {"sequential", fusion_json(model, model.sequential)}};
  if (model.direct) object["direct"] = fusion_json(model, *model.direct);
  return object;
}

std::vector<std::string> summary_of(const HybridModel& model) {
  std::vector<std::string> lines{"hybrid, next item (validation NDCG@10): " + line_of(model, model.sequential)};
  if (model.direct) lines.push_back("hybrid, among candidates: " + line_of(model, *model.direct));
  return lines;
}

std::string to_table(const HybridModel& model) {
  TextTable table({"task", "source", "NDCG@10 ", "one standard error"});
  add_rows(model.sequential, "sequential", table);
  if (model.direct) add_rows(*model.direct, "direct", table);
  std::string text = fmt::format("Validation, seen items allowed, {} users; * is what the hybrid uses\n{}",
                                 model.sequential.users, table.to_text());
  const auto add_mixtures = [&](const std::string& task, const HybridFusion& fusion) {
    for (std::size_t i = 0; i < fusion.mixtures.size(); ++i) {
      const std::string length = fusion.edges.empty() ? ""
                                 : i == 0             ? fmt::format(", histories below {}", fusion.edges.front())
                                                      : fmt::format(", histories from {}", fusion.edges[i - 1]);
      text += fmt::format("{}{}: {}\n", task, length, describe(model, fusion.mixtures[i]));
    }
  };
  add_mixtures("sequential", model.sequential);
  if (model.direct) add_mixtures("direct", *model.direct);
  return text;
}

}  // namespace p5
