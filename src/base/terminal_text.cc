#include "base/terminal_text.h"

#include "base/utf8.h"

namespace p5 {
namespace {

constexpr std::string_view kUnprintable = "\xEF\xBF\xBD";  // U+FFFD

enum class Kind { kPlain, kBlank, kControl };

Kind kind_of_ascii(char letter) {
  if (letter >= '\t' && letter <= '\r') return Kind::kBlank;
  const bool control = static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
  return control ? Kind::kControl : Kind::kPlain;
}

// A letter of two bytes or more.
Kind kind_of(std::string_view letter) {
  if (letter == "\xC2\x85") return Kind::kBlank;  // U+0085, next line
  if (letter[0] == '\xC2') return static_cast<unsigned char>(letter[1]) < 0xA0 ? Kind::kControl : Kind::kPlain;
  if (!letter.starts_with("\xE2\x80") && !letter.starts_with("\xE2\x81")) return Kind::kPlain;
  if (letter == "\xE2\x80\xA8" || letter == "\xE2\x80\xA9") return Kind::kBlank;        // line and paragraph separator
  const bool turns = letter[1] == '\x80' ? letter[2] >= '\xAA' && letter[2] <= '\xAE'   // U+202A to U+202E
                                         : letter[2] >= '\xA6' && letter[2] <= '\xA9';  // U+2066 to U+2069
  return turns ? Kind::kControl : Kind::kPlain;
}

std::string safe(std::string_view text, bool keep_lines) {
  std::string repaired(text);
  repair_utf8(repaired);
  std::string result;
  result.reserve(repaired.size());
  for (std::size_t at = 0; at < repaired.size();) {
    std::size_t end = at + 1;
    while (end < repaired.size() && !starts_utf8_letter(repaired[end])) ++end;
    const std::string_view letter(repaired.data() + at, end - at);
    const Kind kind = letter.size() == 1 ? kind_of_ascii(letter[0]) : kind_of(letter);
    if (kind == Kind::kPlain || (keep_lines && letter == "\n")) {
      result.append(letter);
    } else {
      result.append(kind == Kind::kBlank ? " " : kUnprintable);
    }
    at = end;
  }
  return result;
}

}  // namespace

std::string terminal_text(std::string_view text) { return safe(text, false); }
std::string terminal_lines(std::string_view text) { return safe(text, true); }

}  // namespace p5
