// Sequences of several lengths in one matrix of tokens: a run holds neighbors of similar length, each padded to the
// longest of them, and runs follow one another. A value.
#pragma once

#include <cstdint>
#include <vector>

namespace p5 {

struct SequenceRun {
  std::int64_t rows = 0;    // sequences
  std::int64_t length = 0;  // tokens of each, padding included

  std::int64_t tokens() const { return rows * length; }
  bool operator==(const SequenceRun&) const = default;
};

using SequenceRuns = std::vector<SequenceRun>;

}  // namespace p5
