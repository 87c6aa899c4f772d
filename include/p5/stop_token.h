// How long work is stopped early: its caller keeps a source and gives the work a token. Includes no third-party header.
// Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace p5 {

// A cheap copy of a link to a stop source. A default token never stops.
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

// Held by a caller that may want to stop what it started.
class StopSource {
 public:
  StopSource();
  void request_stop();
  StopToken token() const;

 private:
  std::shared_ptr<std::atomic<int>> asked_;
};

}  // namespace p5
