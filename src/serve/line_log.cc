#include "serve/line_log.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "p5/error.h"

namespace p5 {

LineLog::LineLog(const std::string& place, const std::string& name) {
  if (place == "off") return;
  file_ = place == "stderr" ? stderr : std::fopen(place.c_str(), "ae");
  if (file_ == nullptr) throw system_error("cannot open " + name, {.where = place, .got = std::strerror(errno)});
}

LineLog::~LineLog() {
  if (file_ != nullptr && file_ != stderr) std::fclose(file_);
}

void LineLog::write(const nlohmann::ordered_json& object) {
  if (file_ == nullptr) return;
  const std::string text = object.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  std::fwrite(text.data(), 1, text.size(), file_);
  std::fflush(file_);
}

}  // namespace p5
