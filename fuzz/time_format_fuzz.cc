// Cells of times, and the formats that are found in them: the first line is a pattern of strptime, the others are
// cells.
#include "p5/error.h"
#include "reader_fuzz.h"
#include "records/time_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> lines;
  p5::split_fields(text, '\n', lines);
  const auto check = [&lines](const p5::TimeFormat& format) {
    for (const std::string_view cell : lines) {
      const auto time = format.parse(cell);
      p5::fuzz::require(!time || (*time > -62135596800001 && *time < 253402300800000),
                        "times lie in the years 1 to 9999");
    }
    p5::fuzz::require(!format.expected().empty(), "formats have words");
  };
  check(p5::TimeFormat::found_in(lines));
  try {
    check(p5::TimeFormat::of_pattern(std::string(lines.front())));
  } catch (const p5::Error&) {
  }
  return 0;
}
