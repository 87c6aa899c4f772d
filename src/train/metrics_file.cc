#include "train/metrics_file.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/file.h"
#include "base/logger.h"
#include "p5/error.h"

namespace p5 {
namespace {

std::string escaped_label(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '\\' || letter == '"') safe += '\\';
    safe += letter == '\n' ? std::string("\\n") : std::string(1, letter);
  }
  return safe;
}

std::string shown_value(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

std::string prometheus_text(const TrainingProgress& progress, const std::string& run, bool running) {
  const std::string label = fmt::format("run=\"{}\"", escaped_label(run));
  std::string text;
  const auto add = [&text](const char* name, const char* help, const std::string& labels, double value) {
    text += fmt::format("# HELP p5_train_{} {}\n# TYPE p5_train_{} gauge\np5_train_{}{{{}}} {}\n", name, help, name,
                        name, labels, shown_value(value));
  };
  add("running", "Whether the training runs.", label, running ? 1 : 0);
  add("steps", "Optimizer steps done.", label, static_cast<double>(progress.step));
  add("planned_steps", "Optimizer steps planned.", label, static_cast<double>(progress.planned_steps));
  add("epochs", "Passes over the training data done.", label, progress.epoch);
  add("loss", "Mean loss per target token, smoothed.", label, progress.loss);
  add("learning_rate", "Learning rate of the last step.", label, progress.lr);
  add("gradient_norm", "Norm of the last gradient before clipping.", label, progress.gradient_norm);
  add("tokens_per_second", "Tokens per second, padding left out.", label, progress.tokens_per_second);
  add("seconds", "Seconds since the run began, interruptions left out.", label, progress.seconds);
  if (!progress.metric.empty()) {
    const std::string labels = fmt::format("{},metric=\"{}\"", label, escaped_label(progress.metric));
    add("validation", "Value of the last validation.", labels, progress.validation);
    if (progress.best_validation) {
      add("best_validation", "Best value of the validations so far.", labels, *progress.best_validation);
    }
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  add("updated_timestamp_seconds", "When this was written, in seconds since 1970.", label,
      static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(now).count()));
  return text;
}

MetricsFile::MetricsFile(std::filesystem::path path, std::string run) : path_(std::move(path)), run_(std::move(run)) {}

MetricsFile::~MetricsFile() {
  if (any_) write(false);
}

void MetricsFile::update(const TrainingProgress& progress, bool now) {
  constexpr std::chrono::seconds kInterval{10};
  if (path_.empty()) return;
  last_ = progress;
  if (any_ && !now && std::chrono::steady_clock::now() - written_ < kInterval) return;
  write(true);
}

void MetricsFile::write(bool running) {
  any_ = true;
  written_ = std::chrono::steady_clock::now();
  try {
    write_file_atomically(path_, prometheus_text(last_, run_, running));
  } catch (const Error& error) {
    if (!std::exchange(failed_, true))
      log_warning(fmt::format("the metrics of this training are not kept: {}", error.what()));
  }
}

}  // namespace p5
