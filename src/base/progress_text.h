// How far work is, as one line of text. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace p5 {

struct ProgressState {
  std::string label, unit;   // "train", "steps"
  std::string note = {};     // such as the current loss; empty: none
  std::uint64_t done = 0;    // of the whole, `before` included
  std::uint64_t before = 0;  // done when the clock was started, as by the run that is resumed
  std::uint64_t total = 0;   // 0: not known
  double seconds = 0;        // since then
  double limit = std::numeric_limits<double>::infinity();  // seconds after which the work ends, whole or not
};

// "1m 40s", "2h 05m", "0.4s".
std::string format_duration(double seconds);

// For a file or a pipe: "train 210/560 steps (38%), 12/s, 29s left, loss 4.98".
std::string progress_line(const ProgressState& state);
// The same for a terminal, in at most `width` columns: "train [=====>     ] 38%  210/560 steps  12/s  29s left". Where
// it is narrow, the rate goes first, then the note, the counts, the bar and the time left.
std::string progress_bar(const ProgressState& state, std::size_t width);
// Of work that has ended: "train: 560/560 steps in 46s (12/s), loss 4.98".
std::string progress_summary(const ProgressState& state);

}  // namespace p5
