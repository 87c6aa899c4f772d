#include "p5/stop_token.h"

#include <csignal>

namespace p5 {
namespace {

constexpr int kRequest = -1;  // not a signal

}  // namespace

StopToken::StopToken(const std::atomic<int>& signal)
    : asked_(std::shared_ptr<const std::atomic<int>>(), &signal) {}  // owns nothing

bool StopToken::stop_requested() const { return asked_ != nullptr && asked_->load(std::memory_order_relaxed) != 0; }

std::string StopToken::reason() const {
  switch (asked_ == nullptr ? 0 : asked_->load(std::memory_order_relaxed)) {
    case 0:
      return {};
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    default:
      return "request";
  }
}

StopSource::StopSource() : asked_(std::make_shared<std::atomic<int>>(0)) {}
void StopSource::request_stop() { asked_->store(kRequest); }

StopToken StopSource::token() const {
  StopToken token;
  token.asked_ = asked_;
  return token;
}

}  // namespace p5
