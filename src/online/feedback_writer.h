// Writes feedback for many clients at once: what comes while one group is being synced is the next group, so that a
// sync is paid once per group. Bounded. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "online/feedback_store.h"

namespace p5 {

class FeedbackWriter {
 public:
  // Heard on the writer's thread when the events are on disk, or with why they are not. Must not throw.
  using Done = std::function<void(const FeedbackAppended&, std::exception_ptr)>;

  FeedbackWriter(std::shared_ptr<FeedbackStore> store, std::size_t max_waiting_events = 100'000);
  // Writes what waits.
  ~FeedbackWriter();
  FeedbackWriter(const FeedbackWriter&) = delete;
  FeedbackWriter& operator=(const FeedbackWriter&) = delete;

  // Returns false, and takes nothing, when too many events wait.
  bool submit(std::vector<FeedbackEvent> events, Done done);

 private:
  struct Waiting {
    std::vector<FeedbackEvent> events;
    Done done;
  };
  void write();

  std::shared_ptr<FeedbackStore> store_;
  std::size_t max_events_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_events_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace p5
