// Asks a run about items of a corpus that it was not trained on: held-out prompts, filled with titles, brands and
// prices, and with reviews where a prompt shows them. Ids of users and items are never shown: in the run they mean
// others.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluate/task_result.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"

namespace p5 {

struct ZeroShotRow {
  std::string prompt, family, task;  // "Z-1", "zero-shot", "like-dislike"
  TaskResult result = {};
  std::string baseline_name = {};  // fit to training reviews of the other corpus, which the run has not seen
  TaskResult baseline = {};
};

struct ZeroShotReport {
  std::string run, trained_on, corpus, split;
  std::vector<ZeroShotRow> rows = {};
  double seconds = 0;

  // {"run", "trained_on", "corpus", "split", "prompts": [{"id", "family", "task", "n", "of", <scores>, "baseline":
  // {"name", <scores>}}], "seconds"}
  nlohmann::ordered_json to_json() const;
  std::string to_table() const;  // one table per kind of answer
};

// Prompts that are held out and ask for what the run was trained to answer, on the part `config.evaluate.split` of the
// other corpus's review split. Throws InvalidArgument where none of them finds what it asks for.
ZeroShotReport ask_zero_shot(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus);

}  // namespace p5
