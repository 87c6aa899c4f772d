#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace p5 {
namespace {

struct Piece {
  std::size_t length;
  bool valid;
};

// The letter at `at`, or the maximal ill-formed piece there. REQUIRES at < text.size().
Piece piece_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range excludes overlong forms, surrogates and everything above U+10FFFF.
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= text.size()) return {i, false};
    const unsigned char next = byte(at + i);
    if (next < (i == 1 ? low : 0x80) || next > (i == 1 ? high : 0xBF)) return {i, false};
  }
  return {length, true};
}

// The first byte from `at` on that is not ASCII, eight bytes at a time.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
  for (std::uint64_t word; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080808080808080ULL) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

// Where the first ill-formed piece begins; text.size() when there is none.
std::size_t first_fault(std::string_view text) {
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const Piece piece = piece_at(text, at);
    if (!piece.valid) return at;
    at += piece.length;
  }
  return text.size();
}

}  // namespace

bool is_utf8(std::string_view text) { return first_fault(text) == text.size(); }

void repair_utf8(std::string& text) {
  const std::size_t fault = first_fault(text);
  if (fault == text.size()) return;
  std::string repaired = text.substr(0, fault);
  for (std::size_t at = fault; at < text.size();) {
    const Piece piece = piece_at(text, at);
    if (piece.valid) {
      repaired.append(text, at, piece.length);
    } else {
      repaired.append("\xEF\xBF\xBD");
    }
    at += piece.length;
  }
  text = std::move(repaired);
}

std::string_view utf8_prefix(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && !starts_utf8_letter(text[limit])) --limit;
  return text.substr(0, limit);
}

}  // namespace p5
