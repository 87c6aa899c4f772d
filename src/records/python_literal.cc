#include "records/python_literal.h"
#include "base/utf8.h"

#include <cctype>
#include <cstdint>
#include <optional>

#include "records/field_parsing.h"
#include "records/text_encoding.h"

namespace p5 {
namespace {

constexpr int kDeepest = 64;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// Recursive descent. Every method returns false after setting reason_.
class Rewriter {
 public:
  Rewriter(std::string_view text, std::string& json) : text_(text), json_(json) {}

  const char* run() {
    if (!value(0)) return reason_;
    skip_blanks();
    if (at_ != text_.size()) return "Python literal: expected nothing after the value";
    return nullptr;
  }

 private:
  bool fail(const char* reason) {
    reason_ = reason;
    return false;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool take(char wanted) {
    skip_blanks();
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }

  bool value(int depth) {
    if (depth > kDeepest) return fail("Python literal: nested too deeply");
    skip_blanks();
    const char c = peek();
    if (c == '{') return dict(depth);
    if (c == '[') return sequence(depth, ']');
    if (c == '(') return sequence(depth, ')');
    if (starts_string()) return string();
    if (is_digit(c) || c == '-' || c == '+' || c == '.') return number();
    return word();
  }

  bool dict(int depth) {
    ++at_;
    json_.push_back('{');
    for (bool first = true; !take('}'); first = false) {
      if (!first) json_.push_back(',');
      if (!key() || !take(':')) return fail("Python literal: expected a key and ':'");
      json_.push_back(':');
      if (!value(depth + 1)) return false;
      if (take(',')) continue;
      if (!take('}')) return fail("Python literal: expected ',' or '}'");
      break;
    }
    json_.push_back('}');
    return true;
  }

  // JSON keys are texts; numbers keep their digits.
  bool key() {
    skip_blanks();
    if (starts_string()) return string();
    if (!is_digit(peek()) && peek() != '-') return false;
    json_.push_back('"');
    if (!number()) return false;
    json_.push_back('"');
    return true;
  }

  bool sequence(int depth, char close) {
    ++at_;
    json_.push_back('[');
    for (bool first = true; !take(close); first = false) {
      if (!first) json_.push_back(',');
      if (!value(depth + 1)) return false;
      if (take(',')) continue;
      if (!take(close)) return fail("Python literal: expected ',' or a closing bracket");
      break;
    }
    json_.push_back(']');
    return true;
  }

  bool word() {
    std::size_t stop = at_;
    while (stop < text_.size() && is_letter(text_[stop])) ++stop;
    const std::string_view name = text_.substr(at_, stop - at_);
    at_ = stop;
    if (name == "True") return write("true");
    if (name == "False") return write("false");
    if (name == "None" || name == "nan" || name == "inf") return write("null");
    return fail("Python literal: expected a value");
  }

  bool write(std::string_view text) {
    json_.append(text);
    return true;
  }

  // Decimal int and float, with "_" between digits and Python 2's "L" at the end. JSON has no leading zeros, "+" or
  // bare points, so the value is checked and its parts are rewritten.
  bool number() {
    std::string digits;
    if (peek() == '-' || peek() == '+') {
      if (peek() == '-') digits.push_back('-');
      ++at_;
    }
    if (text_.substr(at_).starts_with("inf")) return word();
    if (peek() == '.') digits.push_back('0');
    while (is_digit(peek()) || is_letter(peek()) || peek() == '.' || is_exponent_sign(digits)) {
      if (peek() != '_') digits.push_back(peek());
      ++at_;
    }
    if (!digits.empty() && (digits.back() == 'L' || digits.back() == 'l')) digits.pop_back();
    if (!parse_number(digits)) return fail("Python literal: expected a number");
    const std::size_t point = digits.find('.');
    if (point != std::string::npos && (point + 1 == digits.size() || !is_digit(digits[point + 1]))) {
      digits.insert(point + 1, "0");
    }
    const std::size_t lead = digits[0] == '-' ? 1 : 0;
    while (digits.size() > lead + 1 && digits[lead] == '0' && is_digit(digits[lead + 1])) digits.erase(lead, 1);
    return write(digits);
  }

  bool is_exponent_sign(const std::string& digits) const {
    return (peek() == '-' || peek() == '+') && !digits.empty() && (digits.back() == 'e' || digits.back() == 'E');
  }

  // A quote, optionally after a prefix of one or two letters (u, b, r, br).
  bool starts_string() const { return prefix_length().has_value(); }
  std::optional<std::size_t> prefix_length() const {
    for (std::size_t length = 0; length <= 2 && at_ + length < text_.size(); ++length) {
      const char c = text_[at_ + length];
      if (c == '\'' || c == '"') return length;
      const char lower = static_cast<char>(c | 0x20);
      if (lower != 'u' && lower != 'b' && lower != 'r') return std::nullopt;
    }
    return std::nullopt;
  }

  bool string() {
    json_.push_back('"');
    while (const auto length = prefix_length()) {  // adjacent strings are one
      bool raw = false, unicode = false;
      for (std::size_t i = 0; i < *length; ++i) {
        raw = raw || (text_[at_ + i] | 0x20) == 'r';
        unicode = unicode || (text_[at_ + i] | 0x20) == 'u';
      }
      at_ += *length;
      if (!quoted(raw, unicode)) return false;
      skip_blanks();
    }
    json_.push_back('"');
    return true;
  }

  bool quoted(bool raw, bool unicode) {
    const char quote = text_[at_++];
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == quote) {
        ++at_;
        return true;
      }
      if (c != '\\') {
        put(c);
        ++at_;
      } else if (raw) {
        if (at_ + 1 >= text_.size()) break;
        put(c);
        put(text_[at_ + 1]);
        at_ += 2;
      } else if (!escape(unicode)) {
        return false;
      }
    }
    return fail("Python literal: expected a closing quote");
  }

  // One character of a JSON string.
  void put(char c) {
    static constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') json_.push_back('\\');
    if (byte >= 0x20) {
      json_.push_back(c);
    } else {
      json_.append("\\u00").push_back(kDigits[byte >> 4]);
      json_.push_back(kDigits[byte & 15]);
    }
  }

  void put_code_point(std::uint32_t value) {
    if (value < 0x80) {
      put(static_cast<char>(value));
    } else {
      append_utf8(json_, value);
    }
  }

  bool escape(bool unicode) {
    if (at_ + 1 >= text_.size()) return fail("Python literal: expected a closing quote");
    const char kind = text_[at_ + 1];
    if (kind == 'x') return byte_escapes(unicode);
    if (kind == 'u' || kind == 'U') return unicode_escape(kind == 'u' ? 4 : 8);
    if (kind == 'N') return fail("Python literal: \\N escapes are not read");
    at_ += 2;
    if (kind >= '0' && kind <= '7') {
      --at_;
      std::uint32_t value = 0;
      for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7'; ++i) value = value * 8 + (text_[at_++] - '0');
      put_code_point(value);
      return true;
    }
    static constexpr std::string_view kNames = "abfnrtv", kValues = "\a\b\f\n\r\t\v";
    const std::size_t found = kNames.find(kind);
    if (found != std::string_view::npos) {
      put(kValues[found]);
    } else if (kind == '\'' || kind == '"' || kind == '\\') {
      put(kind);
    } else if (kind != '\n') {  // an escaped end of line joins lines; an unknown escape is kept as it is
      put('\\');
      put(kind);
    }
    return true;
  }

  std::optional<std::uint32_t> hex(std::size_t from, std::size_t count) const {
    if (from + count > text_.size()) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : text_.substr(from, count)) {
      if (!std::isxdigit(static_cast<unsigned char>(c))) return std::nullopt;
      value = value * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
  }

  bool byte_escapes(bool unicode) {
    run_.clear();
    while (text_.substr(at_).starts_with("\\x")) {
      const auto value = hex(at_ + 2, 2);
      if (!value) return fail("Python literal: expected two hexadecimal digits");
      run_.push_back(static_cast<char>(*value));
      at_ += 4;
    }
    const bool utf8 = !unicode && is_utf8(run_);
    for (const char c : run_) {
      if (utf8) {
        put(c);
      } else {
        put_code_point(static_cast<unsigned char>(c));
      }
    }
    return true;
  }

  bool unicode_escape(std::size_t digits) {
    const auto value = hex(at_ + 2, digits);
    if (!value) return fail("Python literal: expected hexadecimal digits");
    at_ += 2 + digits;
    const bool high = *value >= 0xD800 && *value < 0xDC00;
    if (high && text_.substr(at_).starts_with("\\u")) {  // a pair, as narrow builds of Python 2 print
      const auto low = hex(at_ + 2, 4);
      if (low && *low >= 0xDC00 && *low < 0xE000) {
        at_ += 6;
        put_code_point(0x10000 + ((*value - 0xD800) << 10) + (*low - 0xDC00));
        return true;
      }
    }
    put_code_point(*value);
    return true;
  }

  std::string_view text_;
  std::string& json_;
  std::size_t at_ = 0;
  const char* reason_ = nullptr;
  std::string run_;
};

}  // namespace

bool looks_like_python(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with('{')) return false;
  line = trimmed(line.substr(1));
  return line.starts_with('\'') || line.starts_with("u'") || line.starts_with("u\"") || line.starts_with("b'");
}

const char* python_literal_to_json(std::string_view text, std::string& json) {
  json.clear();
  return Rewriter(text, json).run();
}

}  // namespace p5
