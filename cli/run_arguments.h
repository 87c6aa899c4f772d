// The arguments of every verb that asks a trained run: the run, the data, the device, and the form of the answer.
#pragma once

#include <string>
#include <vector>

#include "cli/verb.h"
#include "model/device_options.h"
#include "p5/recommender.h"

namespace p5::cli {

// Whether the option of a trained run may still change, and matters then: for verbs that take a run and the options of
// all.
inline bool may_change_after_training(const OptionRow& row) {
  if (row.key == "hybrid.after_training") return false;  // of what `p5 train` does at its end
  return row.scope == OptionScope::kAnswer || row.scope == OptionScope::kReport || row.scope == OptionScope::kMachine;
}

struct RunArguments {
  std::string run;
  RecommenderOptions options;
  bool json = false;

  // Puts `own` between the run folder and the shared options; the result points into this object.
  std::vector<Argument> around(const std::vector<Argument>& own) {
    std::vector<Argument> all{
        {.kind = Argument::Kind::kPositional, .name = "run", .help = "run folder", .required = true, .text = &run}};
    all.insert(all.end(), own.begin(), own.end());
    all.push_back({.kind = Argument::Kind::kText,
                   .name = "corpus",
                   .help = "corpus to use instead of the run's",
                   .text = &options.corpus});
    all.push_back(
        {.kind = Argument::Kind::kText, .name = "device", .help = "auto, cpu, cuda", .text = &options.device});
    all.push_back({.kind = Argument::Kind::kInteger,
                   .name = "threads",
                   .help = "CPU threads, 0 = all",
                   .integer = &options.threads});
    all.push_back({.kind = Argument::Kind::kText, .name = "matmul", .help = kMatmulHelp, .text = &options.matmul});
    all.push_back({.kind = Argument::Kind::kRepeated,
                   .name = "set",
                   .help = "decode.key=value or rerank.key=value, overrides the run's value; may be repeated",
                   .texts = &options.settings});
    all.push_back(
        {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json});
    return all;
  }
};

}  // namespace p5::cli
