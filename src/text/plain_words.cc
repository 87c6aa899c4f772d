#include "text/plain_words.h"

#include "base/utf8.h"

namespace p5 {
namespace {

constexpr std::string_view kApostrophe = "\xE2\x80\x99";

bool is_ascii_word(unsigned char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

std::size_t letter_size(std::string_view rest) {
  std::size_t size = 1;
  while (size < rest.size() && !starts_utf8_letter(rest[size])) ++size;
  return size;
}

// Bytes of the letter or digit that `rest` begins with; 0 otherwise. General punctuation (U+2000 to U+206F) and
// the Latin-1 signs (U+0080 to U+00BF) are not letters.
std::size_t word_letter(std::string_view rest) {
  if (rest.empty()) return 0;
  const auto first = static_cast<unsigned char>(rest[0]);
  if (first < 0x80) return is_ascii_word(first) ? 1 : 0;
  if (first == 0xC2) return 0;
  if (first == 0xE2 && rest.size() > 1 && (rest[1] == '\x80' || rest[1] == '\x81')) return 0;
  return letter_size(rest);
}

// Bytes of the apostrophe or hyphen that `rest` begins with, if a letter follows; otherwise 0.
std::size_t joint(std::string_view rest) {
  const std::size_t size = rest.starts_with(kApostrophe) ? kApostrophe.size() : 1;
  if (size == 1 && rest[0] != '\'' && rest[0] != '-') return 0;
  return word_letter(rest.substr(size)) > 0 ? size : 0;
}

}  // namespace

std::vector<PlainWord> scan_plain_words(std::string_view text) {
  std::vector<PlainWord> words;
  for (std::size_t at = 0; at < text.size();) {
    PlainWord word{.text = {}, .begin = at, .end = at};
    while (at < text.size()) {
      const std::string_view rest = text.substr(at);
      std::size_t size = word_letter(rest);
      if (size == 1) {
        word.text += rest[0] >= 'A' && rest[0] <= 'Z' ? static_cast<char>(rest[0] - 'A' + 'a') : rest[0];
      } else if (size > 1) {
        word.text += rest.substr(0, size);
      } else if (size = word.text.empty() ? 0 : joint(rest); size > 0) {
        word.text += size == 1 ? rest[0] : '\'';
      } else {
        break;
      }
      at += size;
    }
    word.end = at;
    if (word.text.empty()) {
      at += letter_size(text.substr(at));
    } else {
      words.push_back(std::move(word));
    }
  }
  return words;
}

std::vector<std::string> plain_words(std::string_view text) {
  std::vector<std::string> words;
  for (PlainWord& word : scan_plain_words(text)) words.push_back(std::move(word.text));
  return words;
}

}  // namespace p5
