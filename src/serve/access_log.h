// One line of JSON per answered request. Keys of the API are never in it. Thread-safe.
#pragma once

#include <string>

#include "serve/line_log.h"

namespace p5 {

class AccessLog {
 public:
  // As LineLog.
  explicit AccessLog(const std::string& place) : lines_(place, "the access log") {}

  struct Line {
    std::string id, method, path, peer;
    int status = 0;
    std::size_t bytes = 0;
    double seconds = 0;
  };
  void write(const Line& line);

 private:
  LineLog lines_;
};

}  // namespace p5
