#include "base/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace p5 {
namespace {

std::atomic<int> g_signal{0}, g_unsaved{0};
static_assert(std::atomic<int>::is_always_lock_free, "the signal handler must not lock");

constexpr int kNotSavedCode = 5;  // exit_code_of() a system error

extern "C" void on_interrupt(int signal) {
  if (g_signal.exchange(signal) == 0) return;
  if (g_unsaved.load() == 0) ::_exit(128 + signal);
  constexpr std::string_view kNotSaved = "error: ended by a second signal; what was not saved is lost\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kNotSaved.data(), kNotSaved.size());
  ::_exit(kNotSavedCode);
}

}  // namespace

void install_interrupt_handlers() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  struct sigaction before {};
  if (::sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) {
    ::sigaction(SIGHUP, &action, nullptr);
  }
  std::signal(SIGXFSZ, SIG_IGN);
}

UnsavedWork::UnsavedWork() : on_broken_pipe_(std::signal(SIGPIPE, SIG_IGN)) { ++g_unsaved; }

UnsavedWork::~UnsavedWork() {
  --g_unsaved;
  std::signal(SIGPIPE, on_broken_pipe_);
}

int interrupt_requested() { return g_signal.load(std::memory_order_relaxed); }
void set_interrupt(int signal) { g_signal.store(signal); }

StopToken interrupt_token() { return StopToken(g_signal); }

void stop_if_requested(const StopToken& stop, std::string_view what) {
  if (stop.stop_requested()) throw Interrupted(what);
}

}  // namespace p5
