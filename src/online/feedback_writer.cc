#include "online/feedback_writer.h"

#include <utility>

namespace p5 {

FeedbackWriter::FeedbackWriter(std::shared_ptr<FeedbackStore> store, std::size_t max_waiting_events)
    : store_(std::move(store)), max_events_(max_waiting_events), thread_([this] { write(); }) {}

FeedbackWriter::~FeedbackWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_all();
  thread_.join();
}

bool FeedbackWriter::submit(std::vector<FeedbackEvent> events, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_events_ + events.size() > max_events_) return false;
    waiting_events_ += events.size();
    waiting_.push_back({std::move(events), std::move(done)});
  }
  wanted_.notify_one();
  return true;
}

void FeedbackWriter::write() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wanted_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::deque<Waiting> group = std::exchange(waiting_, {});
    waiting_events_ = 0;
    lock.unlock();
    std::vector<std::span<const FeedbackEvent>> events;
    for (const Waiting& each : group) events.emplace_back(each.events);
    std::vector<FeedbackAppended> results(group.size());
    std::exception_ptr error;
    try {
      results = store_->append(events);
    } catch (...) {
      error = std::current_exception();
    }
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done(results[i], error);
    lock.lock();
  }
}

}  // namespace p5
