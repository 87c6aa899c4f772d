// The slots of a prompt: named gaps that values fill. docs/prompts.md explains each. Thread-safe: plain values.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

enum class Slot : std::uint8_t {
  kUser,
  kUserDescription,
  kItem,
  kItemTitle,
  kItemBrand,
  kItemPrice,
  kItemCategories,
  kHistory,
  kCandidates,
  kRating,
  kYesNo,
  kLikeDislike,
  kOptions,
  kReview,
  kHeadline,
  kFeature,
  kExplanation,
  // The ends of the rating scale. They have the same words in all questions of a run, so PromptLibrary::with_words()
  // fills them before anything is asked.
  kLowest,
  kHighest,
  kLowestWord,
  kHighestWord,
  kLowestStars,
};

std::string_view slot_name(Slot slot);  // as written between braces
std::optional<Slot> find_slot(std::string_view name);
const std::vector<std::string>& slot_names();  // in the order of Slot

// A set of slots.
class SlotSet {
 public:
  constexpr SlotSet() = default;
  constexpr SlotSet(std::initializer_list<Slot> slots) {
    for (const Slot slot : slots) insert(slot);
  }
  constexpr void insert(Slot slot) { bits_ |= bit(slot); }
  constexpr bool contains(Slot slot) const { return (bits_ & bit(slot)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool meets(SlotSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr SlotSet operator|(SlotSet other) const {
    SlotSet both;
    both.bits_ = bits_ | other.bits_;
    return both;
  }
  std::string to_string() const;  // "user, item"

 private:
  static constexpr std::uint32_t bit(Slot slot) { return 1u << static_cast<unsigned>(slot); }
  std::uint32_t bits_ = 0;
};

// Allowed in the source of every prompt.
inline constexpr SlotSet kScaleSlots = {Slot::kLowest, Slot::kHighest, Slot::kLowestWord, Slot::kHighestWord,
                                        Slot::kLowestStars};

}  // namespace p5
