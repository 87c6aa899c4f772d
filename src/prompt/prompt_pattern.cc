#include "prompt/prompt_pattern.h"

#include <algorithm>

#include "base/did_you_mean.h"
#include "p5/error.h"

namespace p5 {
namespace {

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f; }

void check_text(std::string_view text, const std::string& where) {
  if (text.find_first_not_of(" \t\n") == std::string_view::npos) {
    throw data_error("the text is empty", {.where = where, .expected = "words or slots"});
  }
  if (std::any_of(text.begin(), text.end(), is_control)) {
    throw data_error("bad text", {.where = where, .expected = "no control characters", .got = "one"});
  }
}

}  // namespace

void PromptPattern::add_text(std::string_view text) {
  if (pieces_.empty() || pieces_.back().slot) pieces_.emplace_back();
  pieces_.back().text.append(text);
}

void PromptPattern::add_slot(std::string_view name, const std::string& where) {
  const auto slot = find_slot(name);
  if (!slot) {
    throw data_error("unknown slot '" + std::string(name) + "'" + one_of(name, slot_names()), {.where = where});
  }
  pieces_.push_back({.text = "", .slot = slot});
  if (!set_.contains(*slot)) slots_.push_back(*slot);
  set_.insert(*slot);
}

PromptPattern PromptPattern::parse(std::string_view text, const std::string& where) {
  check_text(text, where);
  PromptPattern pattern;
  pattern.text_ = text;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t brace = std::min(text.find_first_of("{}", i), text.size());
    if (brace > i) pattern.add_text(text.substr(i, brace - i));
    if (brace == text.size()) break;
    if (text.substr(brace, 2) == "{{" || text.substr(brace, 2) == "}}") {
      pattern.add_text(text.substr(brace, 1));
      i = brace + 2;
      continue;
    }
    const std::size_t close = text.find_first_of("{}", brace + 1);
    if (text[brace] == '}' || close == std::string_view::npos || text[close] == '{') {
      throw data_error("braces do not pair", {.where = where,
                                              .expected = "a slot such as {item}, or a doubled brace for a literal one",
                                              .got = "'" + std::string(text.substr(brace, 20)) + "'"});
    }
    pattern.add_slot(text.substr(brace + 1, close - brace - 1), where);
    i = close + 1;
  }
  return pattern;
}

PromptPattern PromptPattern::with_words(const std::map<Slot, std::string>& words) const {
  PromptPattern filled;
  for (const Piece& piece : pieces_) {
    const auto found = piece.slot ? words.find(*piece.slot) : words.end();
    if (piece.slot && found == words.end()) {
      filled.add_slot(slot_name(*piece.slot), {});
      filled.text_ += "{" + std::string(slot_name(*piece.slot)) + "}";
      continue;
    }
    const std::string& text = piece.slot ? found->second : piece.text;
    filled.add_text(text);
    for (const char letter : text) filled.text_.append(letter == '{' || letter == '}' ? 2 : 1, letter);
  }
  return filled;
}

PromptPattern PromptPattern::without_words(const std::function<bool()>& drop) const {
  PromptPattern shorter;
  shorter.slots_ = slots_;
  shorter.set_ = set_;
  for (const Piece& piece : pieces_) {
    std::string kept;
    for (std::size_t begin = 0; begin < piece.text.size();) {
      const bool space = piece.text[begin] == ' ';
      std::size_t end = begin + 1;
      while (!space && end < piece.text.size() && piece.text[end] != ' ') ++end;
      const bool doubled = space && !kept.empty() && kept.back() == ' ';
      if (space ? !doubled : !drop()) kept.append(piece.text, begin, end - begin);
      begin = end;
    }
    if (piece.slot || !kept.empty()) shorter.pieces_.push_back({kept, piece.slot});
    shorter.text_ += piece.slot ? "{" + std::string(slot_name(*piece.slot)) + "}" : kept;
  }
  return shorter;
}

}  // namespace p5
