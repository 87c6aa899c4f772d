// Where readers put what they read. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/interaction.h"

namespace p5 {

// Which columns of a table became what: {"user", "userId"}. `attributes` are kept by their names.
struct ColumnUse {
  std::vector<std::pair<std::string, std::string>> roles = {};
  std::vector<std::string> attributes = {};
  std::vector<std::string> ignored = {};
};

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
  // What readers say for the report of an import; sinks that write none ignore it. The records that follow come from
  // this file, whose columns are used so, and a sentence about what was read.
  virtual void begin_file(std::string_view) {}
  virtual void use_columns(const ColumnUse&) {}
  virtual void note(std::string) {}
  // Whether the interactions that follow happened before the split part that the file holds: what a row lists before
  // its target.
  virtual void earlier(bool) {}
  // Progress of reading: one call per block, in uncompressed bytes and lines.
  virtual void progress(std::uint64_t bytes, std::uint64_t lines) = 0;
};

}  // namespace p5
