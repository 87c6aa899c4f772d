#include "explain/sentence_splitter.h"

#include <string>

#include "records/field_parsing.h"
#include "text/plain_words.h"

namespace p5 {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr std::string_view kBlanks = " \t\r\n\f\v";
constexpr std::string_view kEdges = " \t\r\n\f\v-*+,;:=_>~";

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_upper(c) || is_lower(c) || static_cast<unsigned char>(c) >= 0x80; }

// Bytes of the mark that ends a sentence at `at`, or 0.
std::size_t mark_size(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '.' || c == '!' || c == '?') return 1;
  return text.substr(at).starts_with(kEllipsis) ? kEllipsis.size() : 0;
}

std::size_t behind_closers(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest[0] == ')' || rest[0] == '"' || rest[0] == '\'' || rest[0] == ']') {
      ++at;
    } else if (rest.starts_with("\xE2\x80\x9D") || rest.starts_with("\xE2\x80\x99")) {
      at += 3;
    } else {
      break;
    }
  }
  return at;
}

// The letters, digits and inner full stops right before `end`: "e.g" of "such as e.g.".
std::string_view word_before(std::string_view text, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && (is_letter(text[begin - 1]) || is_digit(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  return text.substr(begin, end - begin);
}

std::string_view word_behind(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && (is_letter(text[end]) || text[end] == '\'')) ++end;
  return text.substr(begin, end - begin);
}

std::string lower_word(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Whether the single full stop at `at` ends a sentence; `next` is the first byte after it and its closers.
bool full_stop_ends(std::string_view text, std::size_t at, std::size_t next, const Lexicon& lexicon) {
  if (next == text.size()) return true;
  const std::string_view before = word_before(text, at);
  const bool initial = before.size() == 1 && is_upper(before[0]) && before[0] != 'I';
  const bool abbreviation = (lexicon.roles(lower_word(before)) & Lexicon::kAbbreviation) != 0;
  if (kBlanks.find(text[next]) != std::string_view::npos) return !initial && !abbreviation;
  if (before.size() < 2 || initial || abbreviation) return false;
  if (is_upper(text[next])) return is_lower(before.back()) || is_digit(before.back());
  const auto roles = lexicon.roles(word_behind(text, next));
  return (roles & (Lexicon::kDeterminer | Lexicon::kVerbSign)) != 0;
}

bool empty_line_at(std::string_view text, std::size_t at) {
  if (text[at] != '\n') return false;
  const std::size_t next = text.find_first_not_of(" \t\r", at + 1);
  return next != std::string_view::npos && (text[next] == '\n' || text[next] == '*' || text[next] == '-');
}

void add_trimmed(std::string_view sentence, std::vector<std::string_view>& out) {
  const std::size_t begin = sentence.find_first_not_of(kEdges);
  if (begin == std::string_view::npos) return;
  out.push_back(sentence.substr(begin, sentence.find_last_not_of(kBlanks) + 1 - begin));
}

}  // namespace

std::vector<std::string_view> split_sentences(std::string_view text, const Lexicon& lexicon) {
  std::vector<std::string_view> sentences;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (mark_size(text, at) == 0) {
      if (empty_line_at(text, at)) {
        add_trimmed(text.substr(begin, at - begin), sentences);
        begin = at;
      }
      ++at;
      continue;
    }
    std::size_t end = at;
    for (std::size_t size = 1; end < text.size() && (size = mark_size(text, end)) > 0;) end += size;
    const std::size_t next = behind_closers(text, end);
    const bool single = end == at + 1 && text[at] == '.';
    if (!single || full_stop_ends(text, at, next, lexicon)) {
      add_trimmed(text.substr(begin, next - begin), sentences);
      begin = next;
    }
    at = next;
  }
  add_trimmed(text.substr(begin), sentences);
  return sentences;
}

}  // namespace p5
