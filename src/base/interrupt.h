// SIGINT and SIGTERM: the first asks the running work to save and stop, the second ends the program at once. The program
// asks this; the library asks the token that its caller hands it.
// Thread-safe.
#pragma once

#include <string_view>

#include "p5/error.h"
#include "p5/stop_token.h"

namespace p5 {

// Work that gave up because it was asked to stop, and has nothing to show. The program's exit code is the signal's.
class Interrupted : public Error {
 public:
  explicit Interrupted(std::string_view what) : Error(ErrorCode::kUnavailable, ErrorSubject::kSystem, what) {}
};

void install_interrupt_handlers();
// The signal that asked to stop (SIGINT, SIGTERM), or 0. Thread-safe.
int interrupt_requested();
// The same as a token, for the work that the program starts.
StopToken interrupt_token();
// Throws Interrupted with `what` when a stop is asked for.
void stop_if_requested(const StopToken& stop, std::string_view what);
// While one lives, there is work to save. A second signal then ends the program with the exit code of a failed save (5)
// and says so, since the signal's own exit code would tell that the work was saved. A reader of the output that goes
// away (SIGPIPE) does not end the program before.
class UnsavedWork {
 public:
  UnsavedWork();
  ~UnsavedWork();
  UnsavedWork(const UnsavedWork&) = delete;
  UnsavedWork& operator=(const UnsavedWork&) = delete;

 private:
  void (*on_broken_pipe_)(int);
};

// For tests and for embedding: asks or clears a stop as a signal would.
void set_interrupt(int signal);

}  // namespace p5
