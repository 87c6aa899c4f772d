// One thread for slow work that no request may wait behind, such as loading models: one piece after the other.
// Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace p5 {

class BackgroundWorker {
 public:
  explicit BackgroundWorker(std::size_t max_waiting = 16) : max_waiting_(max_waiting), thread_([this] { run(); }) {}
  // Finishes the piece at hand and drops the others.
  ~BackgroundWorker();
  BackgroundWorker(const BackgroundWorker&) = delete;
  BackgroundWorker& operator=(const BackgroundWorker&) = delete;

  // `work` must not throw. Returns false, and takes nothing, when too much waits.
  bool submit(std::function<void()> work);

 private:
  void run();

  std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace p5
