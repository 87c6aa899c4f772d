// SIGINT and SIGTERM: the first asks the running work to save and stop, the second ends the program at once.
#pragma once

namespace p5 {

void install_interrupt_handlers();
// The signal that asked to stop (SIGINT, SIGTERM), or 0. Long loops ask this once a step. Thread-safe.
int interrupt_requested();
// For tests and for embedding: asks or clears a stop as a signal would.
void set_interrupt(int signal);

}  // namespace p5
