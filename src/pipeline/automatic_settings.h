// The settings of a run that nobody configured: chosen from what the corpus holds, by rules that were found on the
// validation parts of several data sets (docs/results.md). Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/data_splits.h"
#include "prompt/prompt_library.h"

namespace p5 {

// What the rules look at; train parts alone.
struct CorpusTraits {
  std::size_t users = 0, items = 0;
  std::size_t events = 0;   // of training
  std::size_t reviews = 0;  // of training, with a rating
  bool histories = false;   // the split cuts each user's time line, as encoders need
  bool long_ids = false;    // items have ids of several tokens
  bool own_last = false;    // ids of several tokens end in a token of the item's own
  bool grouped = false;     // ids are groups of items with near vectors
  bool parallel = false;    // all codes of an id are predicted at once (task.parallel_codes)
  bool one_process = true;  // none train together
  double minutes = 10;      // of the whole training (train.minutes); 0 = no limit

  static CorpusTraits of(const DataSplits& data);
};

struct AutomaticSetting {
  std::string key, value, reason;
};

std::vector<AutomaticSetting> automatic_settings(const CorpusTraits& traits);

// Sets them in a run's table, except those that somebody set, and says in the log which and why.
void apply_automatic_settings(CorpusTraits traits, OptionTable& table);

struct RunConfig;
// Where a collection of somebody's own is in the place of p5's (text.only_prompts): what nobody set, and what names
// prompts or families that the collection lacks, names those that it has. Says in the log which.
void fit_to_own_prompts(const PromptLibrary& prompts, const RunConfig& config, OptionTable& table);

// Whether they apply: train.automatic, which is by default on unless a setting comes from a configuration file.
bool wants_automatic_settings(const OptionTable& table);

}  // namespace p5
