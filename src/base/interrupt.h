// SIGINT and SIGTERM: the first asks the running work to save and stop, the second ends the program at once.
// Thread-safe.
#pragma once

#include <string_view>

#include "p5/error.h"

namespace p5 {

// Work that was asked to stop and has no result. The program's exit code is that of the signal.
class Interrupted : public Error {
 public:
  explicit Interrupted(std::string_view what) : Error(ErrorCode::kUnavailable, ErrorSubject::kSystem, what) {}
};

void install_interrupt_handlers();
// The signal that asked to stop (SIGINT, SIGTERM), or 0. Long loops check this once per step. Thread-safe.
int interrupt_requested();
// Throws Interrupted with `what` when a stop was asked for.
void stop_if_interrupted(std::string_view what);
// While one lives, there is unsaved work. A second signal then ends the program with a message and the exit code of a
// failed save (5), because the signal's own exit code would mean that the work was saved. Until then, a reader of the
// output that goes away (SIGPIPE) does not end the program.
class UnsavedWork {
 public:
  UnsavedWork();
  ~UnsavedWork();
  UnsavedWork(const UnsavedWork&) = delete;
  UnsavedWork& operator=(const UnsavedWork&) = delete;

 private:
  void (*on_broken_pipe_)(int);
};

// For tests and for embedding: sets or clears the request to stop, as a signal would.
void set_interrupt(int signal);

}  // namespace p5
