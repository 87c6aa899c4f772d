// Lets chunks of work that several threads do at once add to the same sums in one order, that of the chunks, step by
// step: chunk 3 adds to a sum of step s after chunk 2 has, while chunk 2 may already be at step s + 1. So sums need
// neither a copy per thread nor a second pass, and are bit-identical for any number of threads. Thread-safe: a Turn
// belongs to the thread that does its chunk. REQUIRES chunks to be begun in ascending order.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace p5 {

class Turns {
 public:
  explicit Turns(std::int64_t chunks) : progress_(static_cast<std::size_t>(chunks)) {}

 private:
  friend class Turn;
  struct alignas(64) Progress {
    std::atomic<std::int32_t> ended{0};  // steps of the chunk
  };
  std::vector<Progress> progress_;
};

// A chunk's part in them. When it is destroyed, also by an exception, its steps count as ended, so that nobody waits.
class Turn {
 public:
  Turn(Turns& turns, std::int64_t chunk) : turns_(turns), chunk_(static_cast<std::size_t>(chunk)) {}
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  friend class InTurn;
  void begin(std::int32_t step) const;  // waits until the previous chunk has ended the step
  void end(std::int32_t step) const;

  Turns& turns_;
  std::size_t chunk_;
};

// The part of a step that adds to sums: waits at its beginning. Steps are ended in ascending order. Does nothing
// without a turn, as where one thread does all chunks.
class InTurn {
 public:
  InTurn(const Turn* turn, std::int64_t step) : turn_(turn), step_(static_cast<std::int32_t>(step)) {
    if (turn_ != nullptr) turn_->begin(step_);
  }
  ~InTurn() {
    if (turn_ != nullptr) turn_->end(step_);
  }
  InTurn(const InTurn&) = delete;
  InTurn& operator=(const InTurn&) = delete;

 private:
  const Turn* turn_;
  std::int32_t step_;
};

}  // namespace p5
