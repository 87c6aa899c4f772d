#include "model/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/mapped_pages.h"
#include "p5/error.h"

namespace p5 {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

constexpr std::uint64_t kHeaderLimit = 100'000'000;
constexpr std::size_t kPrefix = 8;
constexpr std::size_t kRankLimit = 64;

struct TypeRow {
  TensorType type;
  std::string_view name;
  std::size_t size;
};

constexpr std::array<TypeRow, 13> kTypes = {{{TensorType::kBool, "BOOL", 1},
                                             {TensorType::kU8, "U8", 1},
                                             {TensorType::kI8, "I8", 1},
                                             {TensorType::kI16, "I16", 2},
                                             {TensorType::kU16, "U16", 2},
                                             {TensorType::kF16, "F16", 2},
                                             {TensorType::kBf16, "BF16", 2},
                                             {TensorType::kI32, "I32", 4},
                                             {TensorType::kU32, "U32", 4},
                                             {TensorType::kF32, "F32", 4},
                                             {TensorType::kF64, "F64", 8},
                                             {TensorType::kI64, "I64", 8},
                                             {TensorType::kU64, "U64", 8}}};

std::string printable(const std::string& text) { return text.size() <= 120 ? text : text.substr(0, 120) + "..."; }

Error broken(const std::filesystem::path& path, std::string_view what, std::string expected = "",
             std::string got = "") {
  return model_error(what, {.where = path.string(), .expected = std::move(expected), .got = printable(got)});
}

// Parses the header one field at a time, and keeps the path for its messages.
class HeaderParser {
 public:
  HeaderParser(const std::filesystem::path& path, std::span<const std::byte> file) : path_(path), file_(file) {}

  // The header's JSON; duplicate keys and deep nesting stop the parser while it reads.
  json parse() {
    if (file_.size() < kPrefix)
      throw broken(path_, "too short for safetensors", "8 bytes or more", std::to_string(file_.size()));
    std::uint64_t length = 0;
    std::memcpy(&length, file_.data(), kPrefix);
    if (length > kHeaderLimit || length > file_.size() - kPrefix) {
      throw broken(path_, "the header does not fit the file",
                   fmt::format("at most {} bytes", std::min<std::uint64_t>(kHeaderLimit, file_.size() - kPrefix)),
                   std::to_string(length));
    }
    const std::string_view text(reinterpret_cast<const char*>(file_.data()) + kPrefix, length);
    data_ = file_.subspan(kPrefix + length);
    if (text.empty() || text.front() != '{') throw broken(path_, "the header is not a JSON object", "a leading {", "");
    std::vector<std::set<std::string>> keys;
    const auto watch = [&](int depth, json::parse_event_t event, json& value) {
      if (event == json::parse_event_t::object_start) {
        if (depth > 1) throw broken(path_, "the header is nested too deeply");
        keys.emplace_back();
      } else if (event == json::parse_event_t::array_start && depth > 2) {
        throw broken(path_, "the header is nested too deeply");
      } else if (event == json::parse_event_t::object_end) {
        keys.pop_back();
      } else if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
        throw broken(path_, "a name occurs twice in the header", "distinct names", value.get<std::string>());
      }
      return true;
    };
    try {
      return json::parse(text, watch);
    } catch (const json::exception& error) {
      throw broken(path_, "the header is not JSON", "", error.what());
    }
  }

  std::map<std::string, std::string> metadata(const json& object) const {
    std::map<std::string, std::string> entries;
    if (!object.is_object()) throw broken(path_, "bad __metadata__", "an object of strings", object.type_name());
    for (const auto& [key, value] : object.items()) {
      if (!value.is_string()) throw broken(path_, "bad __metadata__", "an object of strings", value.type_name());
      entries.emplace(key, value.get<std::string>());
    }
    return entries;
  }

  TensorRecord record(const std::string& name, const json& entry) const {
    const auto bad = [&](std::string_view field, std::string expected) {
      const std::string got =
          entry.is_object() && entry.contains(field) ? entry.at(std::string(field)).dump() : std::string("nothing");
      return broken(path_, fmt::format("tensor {}, field {}", printable(name), field), std::move(expected), got);
    };
    if (!entry.is_object() || entry.size() != 3) throw bad("dtype", "an object of dtype, shape and data_offsets");
    TensorRecord record{.name = name, .type = TensorType::kF32, .shape = {}, .bytes = {}};
    record.type = type_of(entry, bad);
    if (!entry.contains("shape") || !entry["shape"].is_array() || entry["shape"].size() > kRankLimit) {
      throw bad("shape", "an array of whole numbers");
    }
    std::uint64_t size = size_of(record.type);
    for (const json& extent : entry["shape"]) {
      constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
      if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > kMax) throw bad("shape", "whole numbers");
      if (__builtin_mul_overflow(size, extent.get<std::uint64_t>(), &size)) throw bad("shape", "a size in range");
      record.shape.push_back(extent.get<std::int64_t>());
    }
    const auto [begin, end] = offsets_of(entry, bad);
    if (end - begin != size) throw bad("data_offsets", fmt::format("{} bytes for its shape", size));
    record.bytes = data_.subspan(begin, size);
    return record;
  }

  // Data must be covered from its first byte to its last, each byte once.
  void check_layout(const std::map<std::string, TensorRecord, std::less<>>& tensors) const {
    std::vector<std::span<const std::byte>> pieces;
    for (const auto& [name, record] : tensors) pieces.push_back(record.bytes);
    std::sort(pieces.begin(), pieces.end(), [](const auto& left, const auto& right) {
      return std::pair(left.data(), left.size()) < std::pair(right.data(), right.size());
    });
    const std::byte* place = data_.data();
    for (const auto& piece : pieces) {
      if (piece.data() != place) {
        throw broken(path_, piece.data() > place ? "there is a hole between tensors" : "tensors overlap",
                     fmt::format("data at offset {}", place - data_.data()),
                     std::to_string(piece.data() - data_.data()));
      }
      place += piece.size();
    }
    if (place != data_.data() + data_.size()) {
      throw broken(path_, "the file does not end with its last tensor",
                   fmt::format("{} bytes of data", place - data_.data()), std::to_string(data_.size()));
    }
  }

 private:
  template <typename Bad>
  TensorType type_of(const json& entry, const Bad& bad) const {
    if (entry.contains("dtype") && entry["dtype"].is_string()) {
      for (const TypeRow& row : kTypes) {
        if (entry["dtype"].get_ref<const std::string&>() == row.name) return row.type;
      }
    }
    throw bad("dtype", "BOOL, U8, I8, I16, U16, F16, BF16, I32, U32, F32, F64, I64 or U64");
  }

  template <typename Bad>
  std::pair<std::uint64_t, std::uint64_t> offsets_of(const json& entry, const Bad& bad) const {
    const bool pair = entry.contains("data_offsets") && entry["data_offsets"].is_array() &&
                      entry["data_offsets"].size() == 2 && entry["data_offsets"][0].is_number_unsigned() &&
                      entry["data_offsets"][1].is_number_unsigned();
    if (!pair) throw bad("data_offsets", "two whole numbers");
    const auto begin = entry["data_offsets"][0].get<std::uint64_t>();
    const auto end = entry["data_offsets"][1].get<std::uint64_t>();
    if (begin > end || end > data_.size()) throw bad("data_offsets", fmt::format("begin <= end <= {}", data_.size()));
    return {begin, end};
  }

  const std::filesystem::path& path_;
  std::span<const std::byte> file_;
  std::span<const std::byte> data_;
};

float float_of_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 31U;
  const std::uint32_t fraction = half & 1023U;
  if (exponent == 0)
    return std::copysign(std::ldexp(static_cast<float>(fraction), -24), std::bit_cast<float>(sign | 1U));
  const std::uint32_t widened = exponent == 31 ? 255U : exponent + 112U;
  return std::bit_cast<float>(sign | (widened << 23) | (fraction << 13));
}

template <typename Stored, typename Convert>
void copy_each(std::span<const std::byte> bytes, std::span<float> out, Convert convert) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored value;
    std::memcpy(&value, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    out[i] = convert(value);
  }
}

template <typename Stored>
void copy_numbers(std::span<const std::byte> bytes, std::span<float> out) {
  copy_each<Stored>(bytes, out, [](Stored value) { return static_cast<float>(value); });
}

void scale_rows(const TensorRecord& record, std::span<float> out) {
  if (record.scales.empty() || out.empty()) return;
  const auto width = static_cast<std::size_t>(record.shape.back());
  std::vector<float> scales(record.scales.size() / sizeof(float));
  std::memcpy(scales.data(), record.scales.data(), record.scales.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] *= scales[i / width];
}

}  // namespace

std::size_t size_of(TensorType type) { return kTypes[static_cast<std::size_t>(type)].size; }
std::string_view name_of(TensorType type) { return kTypes[static_cast<std::size_t>(type)].name; }

std::int64_t TensorRecord::element_count() const { return static_cast<std::int64_t>(bytes.size() / size_of(type)); }

SafetensorsFile::SafetensorsFile(std::filesystem::path path)
    : SafetensorsFile(path, std::make_shared<const MappedFile>(path)) {}

SafetensorsFile::SafetensorsFile(std::filesystem::path path, std::shared_ptr<const MappedFile> content)
    : path_(std::move(path)), files_{std::move(content)} {
  HeaderParser parser(path_, files_.front()->bytes());
  const json header = parser.parse();
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      metadata_ = parser.metadata(entry);
    } else {
      tensors_.emplace(name, parser.record(name, entry));
    }
  }
  parser.check_layout(tensors_);
  attach_scales();
}

// Moves scales from the tensors that hold them to the matrices that they belong to.
void SafetensorsFile::attach_scales() {
  for (auto& [name, record] : tensors_) {
    if (record.type != TensorType::kI8 || record.shape.size() != 2) continue;
    const auto found = tensors_.find(name + std::string(kScaleEnding));
    if (found == tensors_.end()) continue;
    const TensorRecord& scales = found->second;
    if (scales.type != TensorType::kF32 || scales.shape != std::vector<std::int64_t>{record.shape.front(), 1}) {
      throw broken(path_, fmt::format("tensor {}: scales that do not fit the matrix", printable(scales.name)),
                   fmt::format("F32 [{}, 1]", record.shape.front()),
                   fmt::format("{} [{}]", name_of(scales.type), fmt::join(scales.shape, ", ")));
    }
    record.scales = scales.bytes;
    tensors_.erase(found);
  }
}

void SafetensorsFile::add(SafetensorsFile shard) {
  for (auto& [name, record] : shard.tensors_) {
    if (!tensors_.try_emplace(name, std::move(record)).second) {
      throw broken(shard.path_, "a tensor is in two shards", "distinct names", name);
    }
  }
  files_.insert(files_.end(), shard.files_.begin(), shard.files_.end());
  attach_scales();
}

void SafetensorsFile::put(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values) {
  const auto kept = std::make_shared<const std::vector<float>>(std::move(values));
  tensors_.insert_or_assign(name,
                            TensorRecord{name, TensorType::kF32, std::move(shape), std::as_bytes(std::span(*kept))});
  put_[name] = kept;
}

void SafetensorsFile::release(const TensorRecord& record) const {
  for (const auto& file : files_) {
    const std::span<const std::byte> all = file->bytes();
    const auto* const begin = record.bytes.data();
    if (begin >= all.data() && begin < all.data() + all.size()) release_pages(record.bytes);
  }
}

void SafetensorsFile::also_call(std::string_view tensor, std::string name) {
  TensorRecord record = tensors_.find(tensor)->second;
  record.name = name;
  tensors_.emplace(std::move(name), std::move(record));
}

const TensorRecord* SafetensorsFile::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

void copy_as_float(const TensorRecord& record, std::span<float> out) {
  switch (record.type) {
    case TensorType::kF32:
      if (!out.empty()) std::memcpy(out.data(), record.bytes.data(), record.bytes.size());
      return;
    case TensorType::kF16:
      return copy_each<std::uint16_t>(record.bytes, out, float_of_half);
    case TensorType::kBf16:
      return copy_each<std::uint16_t>(record.bytes, out, [](std::uint16_t value) {
        return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
      });
    case TensorType::kF64:
      return copy_numbers<double>(record.bytes, out);
    case TensorType::kBool:
    case TensorType::kU8:
      return copy_numbers<std::uint8_t>(record.bytes, out);
    case TensorType::kI8:
      copy_numbers<std::int8_t>(record.bytes, out);
      return scale_rows(record, out);
    case TensorType::kI16:
      return copy_numbers<std::int16_t>(record.bytes, out);
    case TensorType::kU16:
      return copy_numbers<std::uint16_t>(record.bytes, out);
    case TensorType::kI32:
      return copy_numbers<std::int32_t>(record.bytes, out);
    case TensorType::kU32:
      return copy_numbers<std::uint32_t>(record.bytes, out);
    case TensorType::kI64:
      return copy_numbers<std::int64_t>(record.bytes, out);
    case TensorType::kU64:
      return copy_numbers<std::uint64_t>(record.bytes, out);
  }
}

void write_safetensors(const std::filesystem::path& path, std::vector<TensorRecord> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorRecord& left, const TensorRecord& right) {
    if (size_of(left.type) != size_of(right.type)) return size_of(left.type) > size_of(right.type);
    return left.name < right.name;
  });
  nlohmann::ordered_json header;
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const TensorRecord& tensor : tensors) {
    const std::uint64_t end = offset + tensor.bytes.size();
    header[tensor.name] = {{"dtype", name_of(tensor.type)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = tensors.empty() && metadata.empty() ? "{}" : header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  AtomicFileWriter writer(path);
  writer.write(std::string_view(reinterpret_cast<const char*>(&length), sizeof(length)));
  writer.write(text);
  for (const TensorRecord& tensor : tensors) writer.write(tensor.bytes);
  writer.commit();
}

}  // namespace p5
