// Who hears the work of this thread (p5/work_listener.h). Thread-safe: a value per thread.
#pragma once

#include "p5/work_listener.h"

namespace p5 {

// Null where nobody listens.
WorkListener* current_listener();

}  // namespace p5
