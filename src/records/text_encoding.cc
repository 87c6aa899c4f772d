#include "records/text_encoding.h"

#include <algorithm>

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

void append_cp1252(std::string& text, std::string_view cp1252) {
  static constexpr char16_t kUpper[32] = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                          0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                          0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                          0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
  for (const char c : cp1252) {
    const auto byte = static_cast<unsigned char>(c);
    append_utf8(text, byte >= 0x80 && byte < 0xA0 ? kUpper[byte - 0x80] : byte);
  }
}

TextEncoding likely_encoding(std::string_view head) {
  bool foreign = false;
  while (!head.empty()) {
    const std::size_t stop = head.find_first_of("\r\n");
    if (stop == std::string_view::npos && foreign) break;  // the last line may be cut within a letter
    const std::string_view line = head.substr(0, stop);
    const bool ascii = std::all_of(line.begin(), line.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    if (!ascii && is_utf8(line)) return TextEncoding::kUtf8;
    foreign = foreign || !ascii;
    head.remove_prefix(stop == std::string_view::npos ? head.size() : stop + 1);
  }
  return foreign ? TextEncoding::kUtf8OrCp1252 : TextEncoding::kUtf8;
}

bool decode_line(std::string_view& line, TextEncoding encoding, std::string& scratch) {
  const bool valid = is_utf8(line);
  if (encoding == TextEncoding::kUtf8) return valid;
  const bool mixed = encoding == TextEncoding::kUtf8OrLatin1 || encoding == TextEncoding::kUtf8OrCp1252;
  if (valid && mixed) return true;
  scratch.clear();
  if (encoding == TextEncoding::kCp1252 || encoding == TextEncoding::kUtf8OrCp1252) {
    append_cp1252(scratch, line);
  } else {
    append_latin1(scratch, line);
  }
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
