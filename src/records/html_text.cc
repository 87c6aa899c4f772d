#include "records/html_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "records/text_encoding.h"

namespace p5 {
namespace {

constexpr std::size_t kLongestReference = 12;  // "&#x0010FFFF;"
constexpr std::size_t kLongestTag = 1024;

using Named = std::pair<std::string_view, char32_t>;
// The references that occur in product pages; sorted by name.
constexpr std::array kNamed = {
    Named{"Agrave", 0xC0},  Named{"Aring", 0xC5},   Named{"Auml", 0xC4},    Named{"Eacute", 0xC9},
    Named{"Ouml", 0xD6},    Named{"Uuml", 0xDC},    Named{"aacute", 0xE1},  Named{"acirc", 0xE2},
    Named{"agrave", 0xE0},  Named{"amp", '&'},      Named{"apos", '\''},    Named{"aring", 0xE5},
    Named{"atilde", 0xE3},  Named{"auml", 0xE4},    Named{"bull", 0x2022},  Named{"ccedil", 0xE7},
    Named{"cent", 0xA2},    Named{"copy", 0xA9},    Named{"deg", 0xB0},     Named{"eacute", 0xE9},
    Named{"ecirc", 0xEA},   Named{"egrave", 0xE8},  Named{"euml", 0xEB},    Named{"euro", 0x20AC},
    Named{"frac12", 0xBD},  Named{"frac14", 0xBC},  Named{"gt", '>'},       Named{"hellip", 0x2026},
    Named{"iacute", 0xED},  Named{"icirc", 0xEE},   Named{"iuml", 0xEF},    Named{"laquo", 0xAB},
    Named{"ldquo", 0x201C}, Named{"lsquo", 0x2018}, Named{"lt", '<'},       Named{"mdash", 0x2014},
    Named{"middot", 0xB7},  Named{"nbsp", 0xA0},    Named{"ndash", 0x2013}, Named{"ntilde", 0xF1},
    Named{"oacute", 0xF3},  Named{"ocirc", 0xF4},   Named{"oslash", 0xF8},  Named{"otilde", 0xF5},
    Named{"ouml", 0xF6},    Named{"plusmn", 0xB1},  Named{"pound", 0xA3},   Named{"quot", '"'},
    Named{"raquo", 0xBB},   Named{"rdquo", 0x201D}, Named{"reg", 0xAE},     Named{"rsquo", 0x2019},
    Named{"szlig", 0xDF},   Named{"times", 0xD7},   Named{"trade", 0x2122}, Named{"uacute", 0xFA},
    Named{"ucirc", 0xFB},   Named{"ugrave", 0xF9},  Named{"uuml", 0xFC},    Named{"yen", 0xA5}};
static_assert(std::is_sorted(kNamed.begin(), kNamed.end()));

// HTML reads the numbers 128 to 159 as Windows-1252 (WHATWG, "numeric character reference end state").
constexpr std::array<char32_t, 32> kWindows1252 = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                   0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                                   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                   0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

std::optional<char32_t> code_point_of(std::string_view digits, std::uint32_t base) {
  std::uint32_t value = 0;
  if (digits.empty()) return std::nullopt;
  for (const char c : digits) {
    const char lower = static_cast<char>(c | 0x20);
    const std::uint32_t digit = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
    if (digit >= base) return std::nullopt;
    value = value * base + digit;  // at most nine digits: no overflow
  }
  if (value >= 0x80 && value < 0xA0) return kWindows1252[value - 0x80];
  return value == 0 || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000) ? U'\xFFFD' : char32_t{value};
}

// `text` begins at '&'. Returns the character and the number of bytes of the reference.
std::optional<std::pair<char32_t, std::size_t>> reference_at(std::string_view text) {
  const std::size_t stop = text.substr(0, kLongestReference).find(';');
  if (stop == std::string_view::npos) return std::nullopt;
  std::string_view name = text.substr(1, stop - 1);
  std::optional<char32_t> value;
  if (name.starts_with("#x") || name.starts_with("#X")) {
    value = code_point_of(name.substr(2), 16);
  } else if (name.starts_with('#')) {
    value = code_point_of(name.substr(1), 10);
  } else {
    const auto found =
        std::lower_bound(kNamed.begin(), kNamed.end(), name,
                         [](const Named& entry, std::string_view wanted) { return entry.first < wanted; });
    if (found != kNamed.end() && found->first == name) value = found->second;
  }
  if (!value) return std::nullopt;
  return std::pair{*value, stop + 1};
}

// `text` begins at '<'. The length of the tag or comment there, or 0.
std::size_t tag_at(std::string_view text) {
  if (text.size() < 3) return 0;
  const char first = static_cast<char>(text[1] | 0x20);
  if (!(first >= 'a' && first <= 'z') && text[1] != '/' && text[1] != '!') return 0;
  const std::size_t stop = text.substr(0, kLongestTag).find('>');
  return stop == std::string_view::npos ? 0 : stop + 1;
}

bool is_line_break(std::string_view tag) {
  return tag.size() >= 4 && (tag[1] | 0x20) == 'b' && (tag[2] | 0x20) == 'r' &&
         (tag[3] == '>' || tag[3] == ' ' || tag[3] == '/');
}

enum class Tags { kLineBreaks, kAll };

// Rewrites the '&' or '<' at `read` to `write`, which is never after it: what replaces a tag or reference is never
// longer.
void rewrite_one(std::string& text, Tags tags, std::size_t& read, std::size_t& write) {
  const std::string_view rest = std::string_view(text).substr(read);
  if (rest[0] == '&') {
    if (const auto reference = reference_at(rest)) {
      std::string character;
      append_utf8(character, reference->first);
      std::copy(character.begin(), character.end(), text.begin() + static_cast<std::ptrdiff_t>(write));
      write += character.size();
      read += reference->second;
      return;
    }
  } else if (const std::size_t length = tag_at(rest)) {
    if (tags == Tags::kAll || is_line_break(rest.substr(0, length))) {
      text[write++] = ' ';
      read += length;
      return;
    }
  }
  text[write++] = text[read++];
}

void rewrite(std::string& text, Tags tags) {
  std::size_t read = 0, write = 0, reference = text.find('&'), tag = text.find('<');
  for (;;) {
    const std::size_t next = std::min({reference, tag, text.size()});
    if (write != read) std::copy(text.data() + read, text.data() + next, text.data() + write);
    write += next - read;
    read = next;
    if (read == text.size()) break;
    rewrite_one(text, tags, read, write);
    if (reference < read) reference = text.find('&', read);
    if (tag < read) tag = text.find('<', read);
  }
  text.resize(write);
}

void collapse_blanks(std::string& text) {
  std::size_t write = 0;
  bool blank = true;  // drops blanks at the front
  for (const char c : text) {
    const bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_blank) {
      text[write++] = c;
    } else if (!blank) {
      text[write++] = ' ';
    }
    blank = is_blank;
  }
  if (write > 0 && text[write - 1] == ' ') --write;
  text.resize(write);
}

}  // namespace

void unescape_html(std::string& text) { rewrite(text, Tags::kLineBreaks); }

void strip_html(std::string& text) {
  rewrite(text, Tags::kAll);
  collapse_blanks(text);
}

}  // namespace p5
