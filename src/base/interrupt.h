// SIGINT, SIGTERM and SIGHUP (the terminal is gone): the first asks the running work to save and stop, the second ends
// the program at once. The program asks this; the library asks the token that its caller hands it.
// Thread-safe.
#pragma once

#include <string_view>

#include "p5/error.h"
#include "p5/stop_token.h"

namespace p5 {

// Work that was asked to stop and has no result. The program's exit code is that of the signal.
class Interrupted : public Error {
 public:
  explicit Interrupted(std::string_view what) : Error(ErrorCode::kUnavailable, ErrorSubject::kSystem, what) {}
};

// A SIGHUP that the caller ignores stays ignored, as under nohup. SIGXFSZ is ignored, so that a file above the limit of
// the caller (ulimit -f) is an error of the write.
void install_interrupt_handlers();
// The signal that asked to stop, or 0. Thread-safe.
int interrupt_requested();
// The same as a token, for the work that the program starts.
StopToken interrupt_token();
// Throws Interrupted with `what` when a stop was asked for.
void stop_if_requested(const StopToken& stop, std::string_view what);
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
