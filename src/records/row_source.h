// Rows of a table, whatever they come from: lines of a file, rows of a database. Not thread-safe per object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

class RowSource {
 public:
  virtual ~RowSource() = default;
  // The fields of the next good row; false at the end. Bad rows are reported and skipped. The views live until the next
  // call.
  virtual bool next(std::vector<std::string_view>& fields) = 0;
  // What messages call the table: the file, or the address without a password.
  virtual const std::string& file() const = 0;
  // The line that the row last given began on, from 1.
  virtual std::uint64_t line_number() const = 0;
  // Reports the row last given as bad. See RecordSink; `got` may be any bytes.
  virtual void bad(std::string_view reason, std::string_view got) = 0;
  // Lines that were joined to the line before them because a quote was open.
  virtual std::uint64_t joined_lines() const { return 0; }
};

}  // namespace p5
