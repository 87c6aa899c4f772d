// How prompts speak of a rating scale: the words of the slots kScaleSlots. Thread-safe: a free function.
#pragma once

#include <map>
#include <string>

#include "corpus/rating_scale.h"
#include "prompt/prompt_slot.h"

namespace p5 {

// 1 to 5: "1", "5", "one", "five", "one star". Whole numbers from -10 to 10 have words, others are digits.
std::map<Slot, std::string> scale_words(const RatingScale& scale);

}  // namespace p5
