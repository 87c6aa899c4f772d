// What processes that work together must have alike. Thread-safe: a free function.
#pragma once

#include "pipeline/run_config.h"
#include "train/process_group.h"

namespace p5 {

// Throws InvalidArgument (request) in every process unless all have the same options; those of the machine may differ.
void require_same_settings(ProcessGroup& group, RunConfig config);

}  // namespace p5
