// A message in protobuf's wire format, written field by field: enough for ONNX files, without a protobuf library in the
// process (LibTorch brings one of its own, with ONNX's types registered in it). Large byte fields are borrowed, not
// copied. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace p5 {

class ProtobufMessage {
 public:
  void integer(std::uint32_t field, std::int64_t value);
  void number(std::uint32_t field, float value);
  void text(std::uint32_t field, std::string_view value);
  void message(std::uint32_t field, ProtobufMessage value);
  // `value` must live until the message is written.
  void borrowed(std::uint32_t field, std::span<const std::byte> value);

  std::uint64_t size() const;
  void write(AtomicFileWriter& file) const;

 private:
  // Own bytes, then borrowed ones.
  struct Piece {
    std::string own;
    std::span<const std::byte> borrowed = {};
  };
  std::string& tail();
  void tag(std::uint32_t field, std::uint32_t wire_type);
  void varint(std::uint64_t value);

  std::vector<Piece> pieces_;
};

}  // namespace p5
