#include "base/status_line.h"

#include <cstdio>
#include <mutex>
#include <utility>

namespace p5 {
namespace {

constexpr const char* kErase = "\r\033[K";

struct State {
  std::mutex mutex;
  std::string text;  // empty: nothing is shown
};

// Never destroyed: threads may log while the process ends.
State& state() {
  static State* const instance = new State;
  return *instance;
}

}  // namespace

void StatusLine::show(std::string text) {
  State& line = state();
  const std::lock_guard lock(line.mutex);
  line.text = std::move(text);
  std::fputs((kErase + line.text).c_str(), stderr);
}

void StatusLine::clear() {
  State& line = state();
  const std::lock_guard lock(line.mutex);
  if (!std::exchange(line.text, {}).empty()) std::fputs(kErase, stderr);
}

StatusLine::Aside::Aside() {
  state().mutex.lock();
  if (!state().text.empty()) std::fputs(kErase, stderr);
}

StatusLine::Aside::~Aside() {
  if (!state().text.empty()) {
    std::fflush(stdout);  // buffered results come before the line, too
    std::fputs(state().text.c_str(), stderr);
  }
  state().mutex.unlock();
}

}  // namespace p5
