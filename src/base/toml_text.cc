#include "base/toml_text.h"

#include <fmt/format.h>

#include <cstddef>
#include <optional>

namespace p5 {
namespace {

// Finds the first place that nests too deeply. It knows of TOML only strings, comments, dots and brackets.
class DepthScan {
 public:
  explicit DepthScan(std::string_view text) : text_(text) {}

  // The line, from 1; none when the text is shallow.
  std::optional<std::size_t> first_too_deep() {
    while (at_ < text_.size()) {
      step();
      if (open_ > kTomlDepth || dots_ >= kTomlDepth) return line_;
    }
    return std::nullopt;
  }

 private:
  void step() {
    const char letter = text_[at_];
    if (letter == '"' || letter == '\'') {
      skip_string(letter);
      return;
    }
    ++at_;
    switch (letter) {
      case '#':
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        break;
      case '\n':
        ++line_;
        dots_ = 0;
        break;
      case '[':
      case '{':
        ++open_;
        dots_ = 0;
        break;
      case ']':
      case '}':
        if (open_ > 0) --open_;
        dots_ = 0;
        break;
      case ',':
      case '=':
        dots_ = 0;
        break;
      case '.':
        ++dots_;
        break;
      default:
        break;
    }
  }

  void skip_string(char quote) {
    const std::string_view rest = text_.substr(at_);
    const bool many_lines = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    at_ += many_lines ? 3 : 1;
    while (at_ < text_.size()) {
      const char letter = text_[at_];
      if (letter == '\n') {
        if (!many_lines) return;  // not closed: the parser says so
        ++line_;
      }
      if (letter == '\\' && quote == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
      ++at_;
      if (letter != quote) continue;
      if (!many_lines) return;
      if (text_.substr(at_).starts_with(std::string(2, quote))) {
        at_ += 2;
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0, line_ = 1;
  int open_ = 0, dots_ = 0;
};

Error bad_toml(std::string_view what, const std::string& origin, std::size_t line, ErrorSubject subject) {
  return Error(subject == ErrorSubject::kRequest ? ErrorCode::kInvalidArgument : ErrorCode::kCorrupted, subject,
               fmt::format("not TOML: {}", what), {.where = fmt::format("{}:{}", origin, line)});
}

// What the parser says, without the words that every one of its messages begins with.
std::string_view reason_of(const toml::parse_error& error) {
  constexpr std::string_view kBegin = "Error while parsing ";
  std::string_view reason = error.description();
  if (reason.starts_with(kBegin)) reason.remove_prefix(kBegin.size());
  return reason;
}

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& origin, ErrorSubject subject) {
  if (const auto line = DepthScan(text).first_too_deep()) {
    throw bad_toml(fmt::format("nested more than {} deep", kTomlDepth), origin, *line, subject);
  }
  try {
    return toml::parse(text, origin);
  } catch (const toml::parse_error& error) {
    throw bad_toml(reason_of(error), origin, error.source().begin.line, subject);
  }
}

}  // namespace p5
