// The state of a training in Prometheus's text format, in one file that is always whole: for node_exporter's textfile
// collector, which shows it next to the machine's own metrics. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace p5 {

struct TrainingProgress {
  std::int64_t step = 0, planned_steps = 0;
  double epoch = 0, loss = 0, lr = 0, gradient_norm = 0, tokens_per_second = 0, seconds = 0;
  std::string metric;  // of validations; empty before the first
  double validation = 0;
  std::optional<double> best_validation;  // unknown after a resume until a better one comes
};

class MetricsFile {
 public:
  // An empty path writes nothing. `run` becomes the label of every metric.
  MetricsFile(std::filesystem::path path, std::string run);
  // Says that the training no longer runs.
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  // Replaces the file, at most every ten seconds unless `now`. Where that fails, a warning says so once, and training
  // goes on.
  void update(const TrainingProgress& progress, bool now = false);

 private:
  void write(bool running);

  std::filesystem::path path_;
  std::string run_;
  TrainingProgress last_;
  std::chrono::steady_clock::time_point written_ = {};
  bool any_ = false, failed_ = false;
};

// The content of the file.
std::string prometheus_text(const TrainingProgress& progress, const std::string& run, bool running);

}  // namespace p5
