// Measures a run and the baselines that docs/protocol.md asks for.
#pragma once

#include <filesystem>

#include "base/option_table.h"
#include "evaluate/evaluation_report.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"

namespace p5 {

// What to do with a corpus of the same catalogue whose events differ from those of training: events that were trained
// on may be targets then, and former targets may be history.
enum class ChangedCorpus { kRefuse, kMeasure };

// The report over `config.evaluate.split`: the run and the rows that evaluate.rows names. Rows are sources of
// candidates, predictors of ratings, baselines of answers in words, and the run itself asked with held-out prompts.
// Sources that are fit are kept in RUN/sources for the next report. Tasks whose family the run was not trained on are
// left out of the run's row. Nothing is written (pipeline/report_files.h keeps it). Throws Corrupted (model) for a
// changed corpus that is to be refused; the report says when one was measured.
EvaluationReport evaluate_run(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus,
                              ChangedCorpus changed = ChangedCorpus::kRefuse);

// The configuration of a run with what the user set now (evaluate.*, decode.*, device.*) on top.
void load_run_config(const RunDirectory& run, const OptionTable& overrides, OptionTable& table);
RunConfig load_run_config(const RunDirectory& run, const OptionTable& overrides);

}  // namespace p5
