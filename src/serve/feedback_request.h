// An event of POST feedback. Thread-safe: a free function.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>

#include "online/feedback_event.h"

namespace p5 {

// Throws InvalidArgument that names the field of events[index]. Without a time it is now.
FeedbackEvent parse_event(const nlohmann::json& object, std::size_t index);

}  // namespace p5
