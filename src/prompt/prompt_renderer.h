// Fills the slots of a prompt. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "prompt/entity_texts.h"
#include "prompt/prompt_pattern.h"
#include "prompt/rendered_text.h"
#include "prompt/task_question.h"

namespace p5 {

inline constexpr std::string_view kYesText = "yes", kNoText = "no";
inline constexpr std::string_view kLikeText = "like", kDislikeText = "dislike";

struct RenderOptions {
  // Between the items of a list. A space without a comma: the path of an item shows where it begins, and lists are most
  // of the text that a model reads.
  std::string separator = " ";
  std::size_t max_text = 120;  // bytes of a title, description, brand, category or headline; longer ones end at a word
  std::size_t max_review = 1000;  // bytes of a review or explanation; longer ones end at a word
  std::size_t max_history = std::numeric_limits<std::size_t>::max();  // newest items of a history that are shown
  bool newest_first = false;                                          // histories go from new to old
  std::string rating_options = "1, 2, 3, 4, 5";                       // the stars that a prompt's answer may be
};

// Missing values: a title falls back to the item's mention, a description to the user's, an unknown user to "a new
// user"; brand, price and categories to "unknown brand" and so on; an empty history to "nothing yet". Stars, if given,
// are in brackets after a description or a title, and after an unknown user. User and item of an anonymous question
// have no mention; the item's description takes its place. Item, candidates, rating, answers and what users wrote have
// no fallback: InvalidArgument (request) names the slot.
class PromptRenderer {
 public:
  explicit PromptRenderer(RenderOptions options = {}) : options_(std::move(options)) {}

  // `where` names the prompt in errors.
  RenderedText render(const PromptPattern& pattern, const TaskQuestion& question, const EntityTexts& texts,
                      std::string_view where = {}) const;
  // Whether every slot of the pattern has a value or a fallback.
  static bool can_render(const PromptPattern& pattern, const TaskQuestion& question, const EntityTexts& texts);

 private:
  RenderOptions options_;
};

}  // namespace p5
