// Maps the columns of a corpus folder and verifies them: size, checksum, monotone offsets, UTF-8, ids in range. A
// column that passed can be indexed without checks. Not thread-safe while loading; the columns it returns are.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "corpus/corpus_format.h"
#include "p5/error.h"

namespace p5 {

// A verified text column: `offsets` [count + 1] into `blob`; without offsets every text is empty.
struct TextColumn {
  std::span<const std::uint64_t> offsets;
  std::string_view blob;

  std::string_view operator[](std::size_t i) const {
    return offsets.empty() ? std::string_view() : blob.substr(offsets[i], offsets[i + 1] - offsets[i]);
  }
};

class ColumnReader {
 public:
  ColumnReader(std::filesystem::path folder, const CorpusHeader& header);

  // The maps keep the memory alive and go with the columns into the corpus.
  std::vector<MappedFile> release() { return std::move(maps_); }

  // A column of exactly `count` values of type T. Throws a data error naming file, field, expected and actual value.
  template <typename T>
  std::span<const T> values(std::string_view file, std::uint64_t count) {
    const std::span<const std::byte> bytes = map(file, dtype_of(T{}), sizeof(T), count);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  // The same for a column that a corpus may lack: empty then.
  template <typename T>
  std::span<const T> optional_values(std::string_view file, std::uint64_t count) {
    return header_.find(file) == nullptr ? std::span<const T>() : values<T>(file, count);
  }
  // [count + 1] offsets that ascend from 0 to `total`.
  std::span<const std::uint64_t> offsets(std::string_view file, std::uint64_t count, std::uint64_t total);
  TextColumn text(std::string_view name, std::uint64_t count);
  // The number of texts in a column, when it is not known beforehand.
  std::uint64_t text_count(std::string_view name) const;
  // Ids [keys.count] that put the distinct keys into ascending order.
  std::span<const std::uint32_t> order(std::string_view file, const TextColumn& keys, std::uint64_t count);

  // Throws unless every value is below `limit`.
  template <typename T>
  void require_below(std::string_view file, std::span<const T> values, std::uint64_t limit) const {
    T highest = 0;
    for (const T value : values) highest = value > highest ? value : highest;
    if (!values.empty() && highest >= limit) {
      throw damaged(file, "value", "below " + std::to_string(limit), std::to_string(highest));
    }
  }

  Error damaged(std::string_view file, std::string_view field, std::string expected, std::string got) const;

 private:
  static constexpr std::string_view dtype_of(std::uint8_t) { return "u8"; }
  static constexpr std::string_view dtype_of(std::uint16_t) { return "u16"; }
  static constexpr std::string_view dtype_of(std::uint32_t) { return "u32"; }
  static constexpr std::string_view dtype_of(std::uint64_t) { return "u64"; }
  static constexpr std::string_view dtype_of(std::int64_t) { return "i64"; }
  static constexpr std::string_view dtype_of(float) { return "f32"; }
  static constexpr std::string_view dtype_of(double) { return "f64"; }

  std::span<const std::byte> map(std::string_view file, std::string_view dtype, std::uint64_t width,
                                 std::uint64_t count);
  const ColumnEntry& entry(std::string_view file) const;

  std::filesystem::path folder_;
  const CorpusHeader& header_;
  std::vector<MappedFile> maps_;
};

}  // namespace p5
