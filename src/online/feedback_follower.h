// Keeps live histories equal to a store, whoever wrote to it: this process or another replica. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "online/feedback_store.h"
#include "online/live_histories.h"

namespace p5 {

class FeedbackFollower {
 public:
  // Borrows the histories. `heard` is told of each new event.
  FeedbackFollower(std::shared_ptr<const FeedbackStore> store, LiveHistories& histories,
                   std::function<void(const FeedbackEvent&)> heard = {});

  // Adds what the store took since the last call. Throws what the store throws.
  void follow();

 private:
  std::shared_ptr<const FeedbackStore> store_;
  LiveHistories* histories_;
  std::function<void(const FeedbackEvent&)> heard_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;
};

}  // namespace p5
