// A progress bar on a terminal, a line every ten seconds elsewhere, and nothing for work under two seconds; on stderr.
// Where the log is JSON, the lines are objects, too; where a listener hears the thread that makes it, it hears all of
// that instead. Thread-safe: advance() may be called from several threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>

#include "base/progress_text.h"
#include "p5/work_listener.h"

namespace p5 {

enum class ProgressMode { kAuto, kBar, kLines, kOff };
void set_progress_mode(ProgressMode mode);

class Progress {
 public:
  // `total` 0 means unknown: then rate and count are shown, but no time left. `unit` is a plural noun ("users").
  // `before`: how much of the total earlier work has done; the rate counts only what is done now.
  Progress(std::string label, std::uint64_t total, std::string unit, std::uint64_t before = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::uint64_t count = 1);
  // Free text shown after the counts, such as the current loss.
  void note(std::string text);
  // The work ends this many seconds after its begin at the latest; the time left is the sooner of the two.
  void end_within(double seconds) { limit_.store(seconds); }
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void draw();
  void tell(const ProgressState& state, bool ended) const;
  ProgressState state(std::int64_t now_ns) const;
  void end_bar(const ProgressState& last, bool failed) const;
  static void write_line(const ProgressState& state, const std::string& text);

  const std::string label_, unit_;
  const std::uint64_t total_, before_;
  const Clock::time_point start_;
  WorkListener* const listener_;  // null: nobody
  const int exceptions_;          // in flight when this was made
  std::atomic<std::uint64_t> done_;
  std::atomic<std::int64_t> next_draw_ns_;
  std::atomic<double> limit_{std::numeric_limits<double>::infinity()};  // seconds
  std::mutex mutex_;
  std::string note_;
  bool has_bar_ = false, has_lines_ = false;
  bool finished_ = false;
};

}  // namespace p5
