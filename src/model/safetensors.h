// The safetensors container: a JSON header, then named tensors, without code in it. Torch-free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace p5 {

enum class TensorType { kBool, kU8, kI8, kI16, kU16, kF16, kBf16, kI32, kU32, kF32, kF64, kI64, kU64 };

std::size_t size_of(TensorType type);       // bytes per element
std::string_view name_of(TensorType type);  // as in the header: "F32"

// `bytes` is row-major and little-endian, and owned elsewhere (by the mapped file or the caller's tensor). It need not
// be aligned.
struct TensorRecord {
  std::string name;
  TensorType type = TensorType::kF32;
  std::vector<std::int64_t> shape;  // empty: one number
  std::span<const std::byte> bytes;
  // Of a matrix in 8-bit integers: what the numbers of each row are to be multiplied by, in float32 (kScaleEnding).
  // Empty: they are what they are.
  std::span<const std::byte> scales = {};

  std::int64_t element_count() const;
};

// A matrix of type I8 with a tensor of its name and this ending beside it, F32 [rows, 1], has scales; the other tensor
// is then not listed. As in compressed-tensors' format "int-quantized" with the strategy "channel".
inline constexpr std::string_view kScaleEnding = "_scale";

// An open file, or the shards of one. Thread-safe once it is made; records point into the maps, which live as long as
// this object.
class SafetensorsFile {
 public:
  // Throws Corrupted (model) for every departure from the format: a header that is too long, beyond the file, not
  // UTF-8 or not JSON, a repeated key, an unknown type, a shape that overflows or disagrees with its bytes, data with
  // holes, overlaps, or bytes left over, scales of another type or number than the rows. NotFound where the file is
  // missing.
  explicit SafetensorsFile(std::filesystem::path path);
  // The same for a file that is already open; `path` is its name in messages.
  SafetensorsFile(std::filesystem::path path, std::shared_ptr<const MappedFile> content);

  // The tensors of another shard, too. Throws Corrupted (model) when both have a tensor of one name.
  void add(SafetensorsFile shard);
  // A tensor in float32 in place of one of this name, or a new one; the file on disk stays as it is. REQUIRES as many
  // values as the shape says.
  void put(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values);
  // Whether the tensor is one of put(), and not the file's.
  bool is_put(const std::string& name) const { return put_.contains(name); }
  // Gives back the memory of a tensor of the file that has been read (base/mapped_pages.h); it can be read again. Does
  // nothing for those of put().
  void release(const TensorRecord& record) const;
  // Another name for a tensor that is there. REQUIRES that `name` is free.
  void also_call(std::string_view tensor, std::string name);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, TensorRecord, std::less<>>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const TensorRecord* find(std::string_view name) const;

 private:
  void attach_scales();

  std::filesystem::path path_;
  std::vector<std::shared_ptr<const MappedFile>> files_;
  std::map<std::string, std::shared_ptr<const std::vector<float>>> put_;  // what records of put() point into
  std::map<std::string, TensorRecord, std::less<>> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Elements as float32, whatever number type is stored, times their scales. REQUIRES out.size() ==
// record.element_count().
void copy_as_float(const TensorRecord& record, std::span<float> out);

// Replaces `path` whole or not at all. Tensors are ordered by element size, largest first, then by name; the header is
// padded to 8 bytes, so that every tensor is aligned. REQUIRES distinct names and bytes that fit the shapes.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorRecord> tensors,
                       const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

}  // namespace p5
