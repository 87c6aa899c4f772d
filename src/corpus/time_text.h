// Times of events as people read them, in UTC. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <string>

namespace p5 {

std::string date_text(std::int64_t time_ms);    // "2014-07-01"; "unknown" for kNoTime
std::string minute_text(std::int64_t time_ms);  // "2014-07-01 09:30"; empty for kNoTime

}  // namespace p5
