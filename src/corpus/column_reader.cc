#include "corpus/column_reader.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/utf8.h"

namespace p5 {
namespace fs = std::filesystem;

ColumnReader::ColumnReader(fs::path folder, const CorpusHeader& header) : folder_(std::move(folder)), header_(header) {}

Error ColumnReader::damaged(std::string_view file, std::string_view field, std::string expected,
                            std::string got) const {
  return data_error("damaged corpus; import it again",
                    {.where = fmt::format("{}, field {}", (folder_ / file).string(), field),
                     .expected = std::move(expected),
                     .got = std::move(got)});
}

const ColumnEntry& ColumnReader::entry(std::string_view file) const {
  const ColumnEntry* found = header_.find(file);
  if (found == nullptr) throw damaged(kCorpusHeaderFile, "columns", "a row for " + std::string(file), "none");
  return *found;
}

std::span<const std::byte> ColumnReader::map(std::string_view file, std::string_view dtype, std::uint64_t width,
                                             std::uint64_t count) {
  const ColumnEntry& row = entry(file);
  if (row.dtype != dtype) throw damaged(file, "dtype", std::string(dtype), row.dtype.substr(0, 80));
  if (row.count != count) throw damaged(file, "count", std::to_string(count), std::to_string(row.count));
  if (row.bytes != count * width)
    throw damaged(file, "bytes", std::to_string(count * width), std::to_string(row.bytes));
  if (!file_exists(folder_ / file)) throw damaged(file, "bytes", std::to_string(row.bytes), "no such file");
  MappedFile mapped(folder_ / file);
  const std::span<const std::byte> bytes = mapped.bytes();
  if (bytes.size() != row.bytes) throw damaged(file, "bytes", std::to_string(row.bytes), std::to_string(bytes.size()));
  if (const std::uint64_t checksum = checksum64(bytes); checksum != row.checksum) {
    throw damaged(file, "xxh3", fmt::format("{:016x}", row.checksum), fmt::format("{:016x}", checksum));
  }
  maps_.push_back(std::move(mapped));
  return bytes;
}

std::span<const std::uint64_t> ColumnReader::offsets(std::string_view file, std::uint64_t count, std::uint64_t total) {
  const auto found = values<std::uint64_t>(file, count + 1);
  bool rising = found.front() == 0 && found.back() == total;
  for (std::size_t i = 1; i < found.size(); ++i) rising &= found[i - 1] <= found[i];
  if (!rising) {
    throw damaged(file, "value", fmt::format("offsets that rise from 0 to {}", total),
                  fmt::format("{} to {}", found.front(), found.back()));
  }
  return found;
}

std::uint64_t ColumnReader::text_count(std::string_view name) const {
  const ColumnEntry* row = header_.find(offsets_file(name));
  return row == nullptr || row->count == 0 ? 0 : row->count - 1;
}

TextColumn ColumnReader::text(std::string_view name, std::uint64_t count) {
  const std::string offsets_name = offsets_file(name), blob_name = blob_file(name);
  if (header_.find(blob_name) == nullptr && header_.find(offsets_name) == nullptr) return {};
  const auto bytes = map(blob_name, "utf8", 1, entry(blob_name).count);
  const std::string_view blob(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const TextColumn found{.offsets = offsets(offsets_name, count, blob.size()), .blob = blob};
  // A well-formed text that is cut only between letters has well-formed parts.
  if (!is_utf8(blob)) throw damaged(blob_name, "value", "UTF-8", "other bytes");
  bool whole_letters = true;
  for (const std::uint64_t at : found.offsets) whole_letters &= at == blob.size() || starts_utf8_letter(blob[at]);
  if (!whole_letters) throw damaged(offsets_name, "value", "offsets between letters", "one inside a letter");
  return found;
}

std::span<const std::uint32_t> ColumnReader::order(std::string_view file, const TextColumn& keys, std::uint64_t count) {
  const auto found = values<std::uint32_t>(file, count);
  require_below(file, found, count);
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (keys[found[i - 1]] >= keys[found[i]]) {
      throw damaged(file, "value", "rising keys", fmt::format("disorder at {}", i));
    }
  }
  return found;
}

}  // namespace p5
