// How long work learns that it should end: its caller hands it a token and keeps the source. Third-party-free.
// Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace p5 {

// A cheap copy of who may ask for a stop. One that nobody gave never stops.
class StopToken {
 public:
  StopToken() = default;
  // Borrows the number of a signal, or 0; it must outlive all copies.
  explicit StopToken(const std::atomic<int>& signal);

  bool stop_requested() const;
  // "SIGINT" or "SIGTERM" where a signal asked, "request" where a caller did; empty while nobody has asked.
  std::string reason() const;

 private:
  friend class StopSource;
  std::shared_ptr<const std::atomic<int>> asked_;
};

// Of a caller that may want to end what it started.
class StopSource {
 public:
  StopSource();
  void request_stop();
  StopToken token() const;

 private:
  std::shared_ptr<std::atomic<int>> asked_;
};

}  // namespace p5
