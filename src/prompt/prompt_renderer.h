// Fills the slots of a prompt. Immutable; thread-safe.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "prompt/prompt_pattern.h"
#include "prompt/rendered_text.h"

namespace p5 {

inline constexpr std::string_view kYesText = "yes", kNoText = "no";
inline constexpr std::string_view kLikeText = "like", kDislikeText = "dislike";

// What is known for the slots of one prompt; views must live until render() returns. What is missing follows the rules
// of PromptRenderer.
struct SlotValues {
  std::optional<std::uint32_t> user = {}, item = {};              // dense ids
  std::string_view user_description = {}, item_description = {};  // of an item: where it is not named
  std::string_view user_stars = {}, item_stars = {};              // what the user gave and the item got so far: "5 4 5"
  std::string_view item_title = {}, item_brand = {}, item_categories = {};
  double item_price = std::numeric_limits<double>::quiet_NaN();
  std::span<const std::uint32_t> history = {}, candidates = {};  // dense item ids, history from old to new
  std::optional<int> rating = {};                                // stars, 1 to 5
  std::string_view rating_text = {};                             // the stars where they are no whole number: "4.3"
  std::optional<bool> positive = {};                             // yes or like when true, no or dislike when false
  std::string_view review = {}, headline = {};
  std::string_view feature = {}, explanation = {};
};

struct RenderOptions {
  // Between the items of a list. A space and no comma: an item's path shows by itself where it begins, and lists are
  // most of the text that a model reads.
  std::string separator = " ";
  std::size_t max_text = 120;  // bytes of a title, description, brand, category or headline; longer ones end at a word
  std::size_t max_review = 1000;  // bytes of a review or explanation; longer ones end at a word
};

// Missing values: a title falls back to the item's mention, a description to the user's, an unknown user to
// "a new user"; brand, price and categories to "unknown brand" and so on; an empty history to "nothing yet".
// Stars, where they are given, stand in brackets behind a description and a title, and behind an unknown user.
// An item without an id is the description that is given for it. Item, candidates, rating, answers and what users wrote
// have no fallback: InvalidArgument (request) names the slot.
class PromptRenderer {
 public:
  explicit PromptRenderer(RenderOptions options = {}) : options_(std::move(options)) {}

  // `where` names the prompt in errors.
  RenderedText render(const PromptPattern& pattern, const SlotValues& values, std::string_view where = {}) const;
  // Whether every slot of the pattern has a value or a fallback.
  static bool can_render(const PromptPattern& pattern, const SlotValues& values);

 private:
  RenderOptions options_;
};

// A star rating as text: 1 to 5, nearest whole star.
int star_of(double rating);

}  // namespace p5
