#include "online/feedback_follower.h"

#include <utility>

namespace p5 {

FeedbackFollower::FeedbackFollower(std::shared_ptr<const FeedbackStore> store, LiveHistories& histories,
                                   std::function<void(const FeedbackEvent&)> heard)
    : store_(std::move(store)), histories_(&histories), heard_(std::move(heard)) {}

void FeedbackFollower::follow() {
  const std::lock_guard lock(mutex_);
  last_ = store_->read(last_, [this](const FeedbackEvent& event) {
    histories_->add({&event, 1});
    if (heard_) heard_(event);
  });
}

}  // namespace p5
