#include "onnx/protobuf_message.h"

#include <bit>
#include <utility>

namespace p5 {
namespace {

// Wire types of protobuf.
constexpr std::uint32_t kVarint = 0, kBytes = 2, kFixed32 = 5;

}  // namespace

std::string& ProtobufMessage::tail() {
  if (pieces_.empty() || !pieces_.back().borrowed.empty()) pieces_.emplace_back();
  return pieces_.back().own;
}

void ProtobufMessage::varint(std::uint64_t value) {
  std::string& out = tail();
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7F) | 0x80));
  out.push_back(static_cast<char>(value));
}

void ProtobufMessage::tag(std::uint32_t field, std::uint32_t wire_type) { varint((field << 3) | wire_type); }

void ProtobufMessage::integer(std::uint32_t field, std::int64_t value) {
  tag(field, kVarint);
  varint(static_cast<std::uint64_t>(value));
}

void ProtobufMessage::number(std::uint32_t field, float value) {
  tag(field, kFixed32);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int byte = 0; byte < 4; ++byte) tail().push_back(static_cast<char>(bits >> (8 * byte)));
}

void ProtobufMessage::text(std::uint32_t field, std::string_view value) {
  tag(field, kBytes);
  varint(value.size());
  tail().append(value);
}

void ProtobufMessage::message(std::uint32_t field, ProtobufMessage value) {
  tag(field, kBytes);
  varint(value.size());
  for (Piece& piece : value.pieces_) {
    tail().append(piece.own);
    pieces_.back().borrowed = piece.borrowed;
  }
}

void ProtobufMessage::borrowed(std::uint32_t field, std::span<const std::byte> value) {
  tag(field, kBytes);
  varint(value.size());
  pieces_.back().borrowed = value;
}

std::uint64_t ProtobufMessage::size() const {
  std::uint64_t size = 0;
  for (const Piece& piece : pieces_) size += piece.own.size() + piece.borrowed.size();
  return size;
}

void ProtobufMessage::write(AtomicFileWriter& file) const {
  for (const Piece& piece : pieces_) {
    file.write(piece.own);
    file.write(piece.borrowed);
  }
}

}  // namespace p5
