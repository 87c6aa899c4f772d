// The names, types and header of a corpus folder; docs/formats.md describes the layout. Only the writer and the reader
// of corpora need this. Thread-safe: plain values and free functions.
#pragma once

#include <bit>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

static_assert(std::endian::native == std::endian::little, "corpora are little-endian and mapped as they are");

inline constexpr std::int64_t kCorpusVersion = 1;
inline constexpr char kCorpusHeaderFile[] = "corpus.json";
inline constexpr std::uint8_t kGivenParts = 3;                // train, validation and test: values of Part
inline constexpr std::uint64_t kCorpusHeaderLimit = 1 << 20;  // bytes

// File names of the columns; the ending is the type. A text column NAME is NAME.offsets.u64 and NAME.utf8.
namespace column {
inline constexpr std::string_view kUsers = "interaction.user.u32";
inline constexpr std::string_view kItems = "interaction.item.u32";
inline constexpr std::string_view kRatings = "interaction.rating.f32";
inline constexpr std::string_view kTimes = "interaction.time.i64";
inline constexpr std::string_view kEventCodes = "interaction.event.u16";
inline constexpr std::string_view kWeights = "interaction.weight.f32";  // optional
inline constexpr std::string_view kParts = "interaction.part.u8";       // optional
inline constexpr std::string_view kReview = "interaction.review";
inline constexpr std::string_view kHeadline = "interaction.headline";
inline constexpr std::string_view kAttributes = "interaction.attributes";
inline constexpr std::string_view kEventName = "event.name";
inline constexpr std::string_view kUserBegin = "user.begin.u64";
inline constexpr std::string_view kUserOrder = "user.by_key.u32";
inline constexpr std::string_view kUserKey = "user.key";
inline constexpr std::string_view kUserName = "user.name";
inline constexpr std::string_view kUserAttributes = "user.attributes";
inline constexpr std::string_view kItemOrder = "item.by_key.u32";
inline constexpr std::string_view kItemKey = "item.key";
inline constexpr std::string_view kTitle = "item.title";
inline constexpr std::string_view kBrand = "item.brand";
inline constexpr std::string_view kDescription = "item.description";
inline constexpr std::string_view kPrice = "item.price.f64";
inline constexpr std::string_view kCategoryBegin = "item.category_begin.u64";
inline constexpr std::string_view kCategory = "category.name";
inline constexpr std::string_view kItemAttributes = "item.attributes";
}  // namespace column

std::string offsets_file(std::string_view text_column);
std::string blob_file(std::string_view text_column);

// One row of the table of columns. `checksum` is XXH3 (64 bits) over the file's bytes.
struct ColumnEntry {
  std::string file;
  std::string dtype;        // u8 u16 u32 u64 i64 f32 f64 utf8
  std::uint64_t count = 0;  // values; bytes for utf8
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};

struct CorpusHeader {
  CorpusInfo info;
  std::uint64_t users = 0, items = 0, interactions = 0;
  std::vector<ColumnEntry> columns;

  const ColumnEntry* find(std::string_view file) const;
};

// The text of corpus.json, and back. `where` names the file in errors: Corrupted, or Unsupported for another version.
std::string to_json(const CorpusHeader& header);
CorpusHeader parse_corpus_header(std::string_view text, const std::string& where);

// Throws a usage error that names what would be lost if `folder` were replaced by a new corpus: anything except
// corpus.json and the columns that it lists. A missing or empty folder has nothing to lose. The corpus may be damaged
// or of another version as long as its header still says that it is a corpus.
void require_replaceable_corpus(const std::filesystem::path& folder);

}  // namespace p5
