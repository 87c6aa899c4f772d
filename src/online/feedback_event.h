// What a user did with an item after an answer: the unit that a FeedbackStore keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace p5 {

struct FeedbackEvent {
  std::string id = {};               // given by the client; events with equal ids count once
  std::string user, item;            // the source's own keys
  std::string type = "click";        // "click", "purchase", "rating", ...
  std::optional<double> value = {};  // stars of a rating, seconds of a view, ...
  std::int64_t time_ms = 0;          // since 1970, when it happened
  std::string request_id = {};       // of the answer that showed the item; empty: none
};

}  // namespace p5
