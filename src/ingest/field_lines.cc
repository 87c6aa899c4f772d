#include "ingest/field_lines.h"

#include <fmt/format.h>

#include <utility>

#include "base/rng.h"
#include "records/field_parsing.h"
#include "records/input_files.h"

namespace p5 {

FieldLines::FieldLines(const std::filesystem::path& path, char separator, std::size_t count, RecordSink& sink,
                       TextEncoding encoding)
    : lines_(path, sink),
      separator_(separator),
      count_(count),
      encoding_(encoding),
      wrong_count_(fmt::format("columns: expected {}", count)) {}

bool FieldLines::next(std::vector<std::string_view>& fields) {
  std::string_view line;
  while (lines_.next(line)) {
    if (line.empty()) continue;
    if (!decode_line(line, encoding_, scratch_)) {
      lines_.bad("text: expected UTF-8", line);
      continue;
    }
    split_fields(line, separator_, fields);
    if (fields.size() == count_) return true;
    lines_.bad(wrong_count_, line);
  }
  return false;
}

std::vector<std::string> first_fields(const std::filesystem::path& path, char separator) {
  const auto lines = first_lines(path, 1);
  if (lines.empty()) return {};
  std::vector<std::string_view> fields;
  split_fields(lines[0], separator, fields);
  return {fields.begin(), fields.end()};
}

bool RecentKeys::is_new(std::string_view key) {
  const std::uint64_t hash = stable_hash(key) | 1U;  // never the 0 of an empty slot
  auto& slot = seen_[(hash >> 1U) % seen_.size()];
  return std::exchange(slot, hash) != hash;
}

}  // namespace p5
