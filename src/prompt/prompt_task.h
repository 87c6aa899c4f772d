// What a prompt asks. Thread-safe: plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace p5 {

enum class PromptTask : std::uint8_t { kStar, kYesNo, kLikeDislike, kNextItem, kChoose, kExplain, kHeadline, kText };

std::string_view to_string(PromptTask task);  // "yes-no"

}  // namespace p5
