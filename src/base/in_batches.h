// Runs a model on questions in batches, with a progress display and a check for interrupts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/interrupt.h"
#include "base/progress.h"

namespace p5 {

struct BatchedWork {
  std::string label, unit;   // as Progress shows them
  std::string_view stopped;  // the message of Interrupted
  std::size_t batch = 64;    // questions per call
  StopToken stop = {};
};

// Calls ask(begin, size) for consecutive batches of `count` questions. Throws Interrupted between two batches.
template <typename Ask>
void in_batches(const BatchedWork& work, std::size_t count, const Ask& ask) {
  Progress progress(work.label, count, work.unit);
  for (std::size_t begin = 0; begin < count; begin += work.batch) {
    stop_if_requested(work.stop, work.stopped);
    const std::size_t size = std::min(work.batch, count - begin);
    ask(begin, size);
    progress.advance(size);
  }
}

}  // namespace p5
