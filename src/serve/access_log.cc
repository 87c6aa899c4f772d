#include "serve/access_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace p5 {

void AccessLog::write(const Line& line) {
  if (!lines_.is_on()) return;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto ms = now.time_since_epoch().count() % 1000;
  lines_.write(nlohmann::ordered_json{
      {"time", fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms)},
      {"id", line.id},
      {"method", line.method},
      {"path", line.path},
      {"status", line.status},
      {"bytes", line.bytes},
      {"ms", static_cast<double>(static_cast<std::int64_t>(line.seconds * 1e6)) / 1e3},
      {"peer", line.peer}});
}

}  // namespace p5
