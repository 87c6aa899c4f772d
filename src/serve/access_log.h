// One line of JSON per answered request. Keys of the API are never in it. Thread-safe.
#pragma once

#include <cstdio>
#include <mutex>
#include <string>

#include "serve/http_message.h"

namespace p5 {

class AccessLog {
 public:
  // "stderr", "off" or the path of a file, which is appended to. Throws Unavailable (system) when it cannot be opened.
  explicit AccessLog(const std::string& place);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  struct Line {
    std::string id, method, path, peer;
    int status = 0;
    std::size_t bytes = 0;
    double seconds = 0;
  };
  void write(const Line& line);

 private:
  std::mutex mutex_;
  std::FILE* file_ = nullptr;
};

}  // namespace p5
