// Where readers put what they read. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "corpus/interaction.h"

namespace p5 {

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // The sink may move from its arguments; readers may reuse their buffers afterwards.
  virtual void interaction(Interaction& record) = 0;
  virtual void item(ItemRecord& record) = 0;
  virtual void user(UserRecord& record) = 0;
  // A line that could not be used: counted, or, under --strict, thrown as a data error naming file and line.
  // `reason` is short and stable ("rating: expected a number"), `got` is the value found.
  virtual void bad_line(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view got) = 0;
  // Progress of reading: one call per block, in uncompressed bytes and lines.
  virtual void progress(std::uint64_t bytes, std::uint64_t lines) = 0;
};

}  // namespace p5
