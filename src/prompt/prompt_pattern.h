// Parsed text with slots in braces: "Will {user} like {item}?". A literal brace is doubled. Immutable; thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/prompt_slot.h"

namespace p5 {

class PromptPattern {
 public:
  // Either literal text or a slot.
  struct Piece {
    std::string text;
    std::optional<Slot> slot;
  };

  PromptPattern() = default;
  // `where` names file, line and field for errors. Throws Corrupted (data) for an unknown slot, with the nearest known
  // one, for braces that do not pair, for control characters and for empty text. The bytes must be UTF-8.
  static PromptPattern parse(std::string_view text, const std::string& where);

  const std::string& text() const { return text_; }  // as written
  const std::vector<Piece>& pieces() const { return pieces_; }
  const std::vector<Slot>& slots() const { return slots_; }  // each once, in order of appearance
  bool uses(Slot slot) const { return set_.contains(slot); }
  SlotSet slot_set() const { return set_; }
  // All slots, and the literal words for which drop() returns false; it is called once per word, in order. A space
  // between two pieces stays.
  PromptPattern without_words(const std::function<bool()>& drop) const;
  // The pattern with these words in place of the slots.
  PromptPattern with_words(const std::map<Slot, std::string>& words) const;

 private:
  void add_text(std::string_view text);
  void add_slot(std::string_view name, const std::string& where);

  std::string text_;
  std::vector<Piece> pieces_;
  std::vector<Slot> slots_;
  SlotSet set_;
};

}  // namespace p5
