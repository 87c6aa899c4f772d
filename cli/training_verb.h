// What the verbs that make a run by training have in common: settings of a run, a folder for it, a report at the end.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "cli/verb.h"
#include "p5/pipeline.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {

class TrainingVerb : public Verb {
 public:
  TrainingVerb() { config_.bind(table_); }
  OptionTable* options() override { return &table_; }
  // The verb's own, then those of all.
  std::vector<Argument> arguments() final;
  // Prints the report of train_now().
  int run() final;

 protected:
  virtual std::vector<Argument> own_arguments() = 0;
  virtual StageReport train_now() = 0;

  Settings settings() const { return settings_of(table_); }
  const std::string& out() const { return out_; }
  bool force() const { return force_; }

 private:
  RunConfig config_;
  OptionTable table_;
  std::string out_;
  bool force_ = false, json_ = false;
};

}  // namespace p5::cli
