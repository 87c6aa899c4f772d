// What all reader targets share: the input becomes a file, a reader reads it, and what it delivers is checked.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "ingest/dataset_reader.h"
#include "p5/error.h"
#include "records/text_encoding.h"
#include "support/temporary_folder.h"

namespace p5::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "a promise does not hold: %s\n", what);
  std::abort();
}

// Holds for any input bytes: keys exist, texts are UTF-8, times and ratings are in range or absent.
struct CheckingSink final : public RecordSink {
  void interaction(Interaction& record) override {
    require(!record.user.empty() && !record.item.empty(), "interactions have keys");
    require(is_utf8(record.user) && is_utf8(record.item) && is_utf8(record.event), "keys are UTF-8");
    require(is_utf8(record.review) && is_utf8(record.headline), "reviews are UTF-8");
    require(!std::isinf(record.rating), "ratings are finite");
    require(record.time_ms == kNoTime || (record.time_ms > -62135596800001 && record.time_ms < 253402300800000),
            "times lie in the years 1 to 9999");
  }
  void item(ItemRecord& record) override {
    require(!record.key.empty(), "items have keys");
    require(is_utf8(record.key) && is_utf8(record.title) && is_utf8(record.brand) && is_utf8(record.description),
            "items are UTF-8");
    require(!std::isinf(record.price), "prices are finite");
    for (const auto& category : record.categories) require(is_utf8(category), "categories are UTF-8");
    check(record.attributes);
  }
  void user(UserRecord& record) override {
    require(!record.key.empty() && is_utf8(record.key) && is_utf8(record.name), "users are UTF-8 and have keys");
    check(record.attributes);
  }
  void bad_line(std::string_view, std::uint64_t line, std::string_view reason, std::string_view got) override {
    require(line > 0 && !reason.empty() && is_utf8(reason) && is_utf8(got), "bad lines are named");
  }
  void progress(std::uint64_t more_bytes, std::uint64_t) override { bytes += more_bytes; }

  static void check(const std::vector<Attribute>& attributes) {
    for (const auto& attribute : attributes) {
      require(is_utf8(attribute.name), "attribute names are UTF-8");
      if (const auto* token = std::get_if<std::string>(&attribute.value)) require(is_utf8(*token), "tokens are UTF-8");
    }
  }

  std::uint64_t bytes = 0;
};

// The input as a file of this name; the folder is gone when the process ends.
inline std::filesystem::path input_file(const std::string& name, std::string_view bytes) {
  static const test::TemporaryFolder folder;
  std::ofstream(folder / name, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return folder / name;
}

// An Error is a valid answer; any other exception ends the process.
inline void read_as(const std::string& name, std::string_view bytes, const ReaderOptions& options) {
  const auto path = input_file(name, bytes);
  CheckingSink sink;
  try {
    make_dataset_reader(options, {path})->read({path}, sink);
  } catch (const Error&) {
  }
  std::filesystem::remove(path);
}

// Removes one byte from the input to choose among `count` variants.
inline std::size_t choose(std::string_view& bytes, std::size_t count) {
  if (bytes.empty()) return 0;
  const std::size_t chosen = static_cast<std::uint8_t>(bytes.front()) % count;
  bytes.remove_prefix(1);
  return chosen;
}

}  // namespace p5::fuzz
