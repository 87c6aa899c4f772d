// The lines of one input file, plain, gzip or in a zip file. Ends of line are \n or \r\n, or \r in a file whose
// beginning has no \n; a missing last one and a UTF-8 byte order mark are accepted. Memory is bounded by the longest
// line. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "records/byte_source.h"
#include "records/record_sink.h"

namespace p5 {

class LineSource {
 public:
  // Longer lines are reported as bad and skipped: no data set has them, and parsers need several times a line's bytes.
  static constexpr std::size_t kMaxLine = std::size_t{16} << 20;
  // This many bytes after a line may be read (not written), which lets SIMD parsers work in place.
  static constexpr std::size_t kPadding = 64;

  // Tells the sink that the file begins. Progress and lines that are too long go to `sink`, which must outlive this.
  // Throws as ByteSource does, and a data error for UTF-16.
  LineSource(const std::filesystem::path& path, RecordSink& sink);
  ~LineSource();
  LineSource(const LineSource&) = delete;
  LineSource& operator=(const LineSource&) = delete;

  // Before the first next(): the beginning of the file, at least 64 KiB of it where it has so much, for finding out
  // what it holds. The view lives until the first next().
  std::string_view head();
  // Before the first next(): the first line that is not blank, or as much of it as a block holds, for recognising a
  // format; empty if there is none. The view lives until the first next().
  std::string_view first_line();
  // The next line without its end; false after the last. The view lives until the next call.
  bool next(std::string_view& line);
  // The number of the line last given, from 1.
  std::uint64_t line_number() const { return line_number_; }
  const std::string& file() const { return file_; }
  // Reports the line last given as bad. See RecordSink; `got` may be any bytes.
  void bad(std::string_view reason, std::string_view got) { bad_at(line_number_, reason, got); }
  void bad_at(std::uint64_t line, std::string_view reason, std::string_view got);

 private:
  void refill();
  void skip_mark();
  void find_line_end();
  bool skip_long_line();
  void report_long_line(std::uint64_t length);
  void report_progress();

  std::string file_;
  ByteSource bytes_;
  RecordSink* sink_;
  std::vector<char> buffer_;  // [capacity + kPadding]
  std::size_t begin_ = 0, end_ = 0;
  bool at_end_ = false, started_ = false;
  char line_end_ = 0;  // not known yet
  std::uint64_t line_number_ = 0, reported_lines_ = 0, unreported_bytes_ = 0;
};

}  // namespace p5
