// Fits the sources of a run and their fusion, so that the run answers by its hybrid.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/sequence_model.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"
#include "recommend/loaded_run.h"
#include "recommend/source_row.h"
#include "retrieval/hybrid_model.h"

namespace p5 {

// What the sources of a run are fit with; its folder keeps them. All arguments must outlive the result.
SourceInputs source_inputs(const RunDirectory& run, const LoadedRun& loaded, SequenceModel& model,
                           const RunConfig& config);

// Fits the hybrid anew and, where the folder lacks them, its parts, and keeps all in RUN/sources. Throws what
// fit_source() throws: InvalidArgument where nobody can be validated on, Interrupted.
HybridModel fuse_sources(const RunDirectory& run, const LoadedRun& loaded, SequenceModel& model,
                         const RunConfig& config);
// The same for a run on disk. Throws InvalidArgument for options of the parts that are not those of the run.
HybridModel fuse_run(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus);

// {"parts": [...], "sequential": {"users", "method", "ndcg@10", "figures": [{"name", "ndcg@10", "margin", "than",
// "chosen"}], "mixtures": [...]}, "direct": ...}
nlohmann::ordered_json to_json(const HybridModel& model);
// A line per kind of question: how its sources are fused, validation NDCG@10, and that of the best source alone.
std::vector<std::string> summary_of(const HybridModel& model);
// A table of validation NDCG@10: each part, each way to fuse them, and the hybrid.
std::string to_table(const HybridModel& model);

}  // namespace p5
