#include "nn/turns.h"

#include <limits>

#include "base/spin.h"

namespace p5 {

Turn::~Turn() { end(std::numeric_limits<std::int32_t>::max() - 1); }

void Turn::begin(std::int32_t step) const {
  if (chunk_ == 0) return;
  const std::atomic<std::int32_t>& before = turns_.progress_[chunk_ - 1].ended;
  if (spin_until([&] { return before.load(std::memory_order_acquire) > step; })) return;
  for (std::int32_t ended = before.load(std::memory_order_acquire); ended <= step;
       ended = before.load(std::memory_order_acquire)) {
    before.wait(ended, std::memory_order_acquire);
  }
}

void Turn::end(std::int32_t step) const {
  std::atomic<std::int32_t>& mine = turns_.progress_[chunk_].ended;
  mine.store(step + 1, std::memory_order_release);
  mine.notify_all();
}

}  // namespace p5
