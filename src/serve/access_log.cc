#include "serve/access_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>

#include "p5/error.h"

namespace p5 {

AccessLog::AccessLog(const std::string& place) {
  if (place == "off") return;
  file_ = place == "stderr" ? stderr : std::fopen(place.c_str(), "ae");
  if (file_ == nullptr) throw system_error("cannot open the access log", {.where = place, .got = std::strerror(errno)});
}

AccessLog::~AccessLog() {
  if (file_ != nullptr && file_ != stderr) std::fclose(file_);
}

void AccessLog::write(const Line& line) {
  if (file_ == nullptr) return;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto ms = now.time_since_epoch().count() % 1000;
  const nlohmann::ordered_json object{
      {"time", fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms)},
      {"id", line.id},
      {"method", line.method},
      {"path", line.path},
      {"status", line.status},
      {"bytes", line.bytes},
      {"ms", static_cast<double>(static_cast<std::int64_t>(line.seconds * 1e6)) / 1e3},
      {"peer", line.peer}};
  const std::string text = object.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  std::fwrite(text.data(), 1, text.size(), file_);
  std::fflush(file_);
}

}  // namespace p5
