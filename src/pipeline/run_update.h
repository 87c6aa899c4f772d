// One folder of updates while a program works on it: reads what is new, and makes a generation of it. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "corpus/corpus.h"
#include "online/feedback_source.h"
#include "p5/recommender.h"
#include "pipeline/run_config.h"
#include "pipeline/update_events.h"
#include "pipeline/update_folder.h"
#include "pipeline/update_gate.h"
#include "pipeline/update_questions.h"
#include "pipeline/update_stage.h"

namespace p5 {

// What waits after the current generation.
struct WaitingFeedback {
  std::shared_ptr<const Corpus> corpus;  // of the current generation
  UpdateEvents events;
  CatalogChanges changes;
  FeedbackPosition after = {}, to = {};  // of the source, before and after these
};

class RunUpdate {
 public:
  // Opens or makes the folder and locks it. Throws as update_run().
  RunUpdate(const UpdateRequest& request, const UpdateOptions& options);

  // How far the current generation has read.
  FeedbackPosition position() const;
  FeedbackSource& source() { return source_; }
  // Throws a data error for a source of another catalogue, and what the source throws.
  WaitingFeedback read();
  // A generation of what waits: its report. REQUIRES events.
  StageReport train_on(const WaitingFeedback& waiting);
  // What is said where too little waits.
  StageReport nothing_to_do(const WaitingFeedback& waiting) const;

  const UpdateFolder& folder() const { return folder_; }

 private:
  // A round, as its report and its note say it.
  struct Round {
    std::int64_t number = 0, parent = 0;
    Prequential asked = {};
    std::vector<GateRow> rows = {};
    GateVerdict verdict = {};
    double asking = 0, growing = 0, training = 0, comparing = 0;  // seconds
  };
  Recommender open(std::int64_t generation, const CatalogChanges& changes) const;
  Prequential ask_first(const WaitingFeedback& waiting) const;
  void train(std::int64_t number) const;
  std::vector<GateRow> compare(std::int64_t number, const WaitingFeedback& waiting) const;
  Round work(std::int64_t number, const WaitingFeedback& waiting) const;
  nlohmann::ordered_json note_on(const Round& round, const WaitingFeedback& waiting) const;
  std::string text_on(const Round& round, const WaitingFeedback& waiting) const;
  void commit(const Round& round, const FeedbackPosition& position);

  UpdateRequest request_;
  UpdateOptions options_;
  FeedbackSource source_;
  UpdateFolder folder_;
  RunConfig config_;  // the settings of the request
  OptionTable table_;
};

}  // namespace p5
