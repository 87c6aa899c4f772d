// RUN/metrics.jsonl: one JSON object per line, appended during training (docs/formats.md). Not thread-safe.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace p5 {

// Means over the steps since the previous record. Numbers that are not finite are written as null.
struct StepRecord {
  std::int64_t step = 0;  // optimizer steps done
  double epoch = 0;
  double loss = 0;
  std::map<std::string, double> family_loss;    // mean loss per row by task family; without families that did not occur
  std::map<std::string, double> family_weight;  // in the loss, after the last step; empty when they are fixed
  double lr = 0;                                // of the last step
  double grad_norm = 0;                         // before clipping
  double padding = 0;                           // share of the batches' tokens
  double waiting = 0;                           // share of the time that steps waited for batches
  double tokens_per_second = 0;                 // without padding
  double seconds = 0;                           // since the run began, without interruptions
};

struct ValidationRecord {
  std::int64_t step = 0;
  double epoch = 0;
  double value = 0;
  bool best = false;
  double seconds = 0;  // since the run began
};

class MetricsLog {
 public:
  // Keeps the records of an earlier file up to step `keep_through` and removes the rest: records written after the
  // checkpoint that a run resumes from, and a torn last line. -1 starts an empty file. Throws Unavailable (system).
  MetricsLog(std::filesystem::path path, std::int64_t keep_through);

  void append(const StepRecord& record);
  // `metric`: what the validation measured, as train.select names it.
  void append(const ValidationRecord& record, const std::string& metric);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void append_line(const std::string& line);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace p5
