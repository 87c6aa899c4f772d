#include "prompt/prompt_slot.h"

#include <algorithm>

namespace p5 {

const std::vector<std::string>& slot_names() {
  static const std::vector<std::string> names = {
      "user",        "user_description", "item",        "item_title", "item_brand",   "item_price",  "item_categories",
      "history",     "candidates",       "rating",      "yes_no",     "like_dislike", "options",     "review",
      "headline",    "feature",          "explanation", "lowest",     "highest",      "lowest_word", "highest_word",
      "lowest_stars"};
  return names;
}

std::string_view slot_name(Slot slot) { return slot_names()[static_cast<std::size_t>(slot)]; }

std::optional<Slot> find_slot(std::string_view name) {
  const auto& names = slot_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Slot>(found - names.begin());
}

std::string SlotSet::to_string() const {
  std::string text;
  for (std::size_t i = 0; i < slot_names().size(); ++i) {
    if (contains(static_cast<Slot>(i))) text += (text.empty() ? "" : ", ") + slot_names()[i];
  }
  return text;
}

}  // namespace p5
