#include "records/text_encoding.h"

#include "base/utf8.h"

namespace p5 {
namespace {

constexpr std::size_t kShownBytes = 80;
constexpr char32_t kReplacement = 0xFFFD;

}  // namespace

void append_utf8(std::string& text, char32_t code_point) {
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) code_point = kReplacement;
  if (code_point < 0x80) {
    text.push_back(static_cast<char>(code_point));
    return;
  }
  int continuation = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  static constexpr unsigned char kLead[] = {0, 0xC0, 0xE0, 0xF0};
  text.push_back(static_cast<char>(kLead[continuation] | (code_point >> (6 * continuation))));
  while (continuation-- > 0) {
    text.push_back(static_cast<char>(0x80 | ((code_point >> (6 * continuation)) & 0x3F)));
  }
}

void append_latin1(std::string& text, std::string_view latin1) {
  for (const char c : latin1) append_utf8(text, static_cast<unsigned char>(c));
}

bool decode_line(std::string_view& line, TextEncoding encoding, std::string& scratch) {
  const bool valid = is_utf8(line);
  if (encoding == TextEncoding::kUtf8) return valid;
  if (valid && encoding == TextEncoding::kUtf8OrLatin1) return true;
  scratch.clear();
  append_latin1(scratch, line);
  line = scratch;
  return true;
}

std::string printable(std::string_view bytes) {
  const bool cut = bytes.size() > kShownBytes;
  if (cut) {
    std::size_t length = kShownBytes;
    while (length > kShownBytes - 4 && (static_cast<unsigned char>(bytes[length]) & 0xC0) == 0x80) --length;
    bytes = bytes.substr(0, length);
  }
  std::string text;
  const bool valid = is_utf8(bytes);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !valid) ? '?' : c);
  }
  return cut ? text + "..." : text;
}

}  // namespace p5
