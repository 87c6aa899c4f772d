// Plain and gzip files: lines are returned unchanged, or the file is refused.
#include "reader_fuzz.h"

#include "records/line_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto path = p5::fuzz::input_file("lines", bytes);
  p5::fuzz::CheckingSink sink;
  try {
    p5::LineSource lines(path, sink);
    std::string_view line;
    std::uint64_t length = 0, count = 0;
    while (lines.next(line)) {
      p5::fuzz::require(line.find(char{10}) == line.npos, "a line contains no end of line");
      length += line.size();
      p5::fuzz::require(lines.line_number() > count, "line numbers grow");
      count = lines.line_number();
    }
    p5::fuzz::require(length <= sink.bytes, "no more text than bytes");
  } catch (const p5::Error&) {
  }
  return 0;
}
