// Lines of a fixed number of fields, as data sets without a header have them: cut at one separator, no quotes. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "records/line_source.h"
#include "records/text_encoding.h"

namespace p5 {

class FieldLines {
 public:
  // `sink` must outlive this. Throws as LineSource does.
  FieldLines(const std::filesystem::path& path, char separator, std::size_t count, RecordSink& sink,
             TextEncoding encoding = TextEncoding::kUtf8);

  // The next line with `count` fields; false at the end. Others are reported as bad, empty ones are skipped. The views
  // live until the next call.
  bool next(std::vector<std::string_view>& fields);
  std::uint64_t line_number() const { return lines_.line_number(); }
  void bad(std::string_view reason, std::string_view got) { lines_.bad(reason, got); }

 private:
  LineSource lines_;
  char separator_;
  std::size_t count_;
  TextEncoding encoding_;
  std::string wrong_count_, scratch_;
};

// The fields of the first line of a file that is not empty; none where there is none.
std::vector<std::string> first_fields(const std::filesystem::path& path, char separator);

// Remembers the keys that were seen last, in bounded memory, so that what is known of an item is given once or a few
// times and not with each of its events.
class RecentKeys {
 public:
  explicit RecentKeys(std::size_t slots = std::size_t{1} << 18) : seen_(slots) {}
  // Whether the key was not seen lately; it is now.
  bool is_new(std::string_view key);

 private:
  std::vector<std::uint64_t> seen_;
};

}  // namespace p5
