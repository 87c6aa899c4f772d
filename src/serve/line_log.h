// A file to which lines of JSON are appended, one per event; many threads may write. Thread-safe.
#pragma once

#include <cstdio>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace p5 {

class LineLog {
 public:
  // "stderr", "off" or the path of a file, which is appended to; `name` is what messages call it. Throws Unavailable
  // (system) when it cannot be opened.
  LineLog(const std::string& place, const std::string& name);
  ~LineLog();
  LineLog(const LineLog&) = delete;
  LineLog& operator=(const LineLog&) = delete;

  bool is_on() const { return file_ != nullptr; }
  void write(const nlohmann::ordered_json& object);

 private:
  std::mutex mutex_;
  std::FILE* file_ = nullptr;
};

}  // namespace p5
