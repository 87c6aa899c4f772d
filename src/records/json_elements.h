// The records of a JSON document that is not one object per line: the elements of an array, or objects over several
// lines. One element is in memory at a time. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "records/line_source.h"

namespace p5 {

// Whether a file that begins so needs this: it is an array, or its first object does not end on its line.
bool is_json_document(std::string_view head);

class JsonElements {
 public:
  // Takes the lines that `lines` has not given yet.
  explicit JsonElements(LineSource& lines) : lines_(&lines) {}

  // The next object at the top level or in the array; false at the end. The view lives until the next call and has
  // LineSource::kPadding readable bytes after it.
  bool next(std::string_view& element);
  // The line that it began on, from 1.
  std::uint64_t line_number() const { return first_line_; }

 private:
  LineSource* lines_;
  std::string line_;    // what is left of the last line
  std::size_t at_ = 0;  // in line_
  std::string element_;
  std::uint64_t first_line_ = 0;
};

}  // namespace p5
