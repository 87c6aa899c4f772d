// T5's row in the list of architectures. Thread-safe.
#pragma once

#include "model/architecture.h"

namespace p5 {

// Trained weights answer on the CPU without LibTorch (t5/t5_cpu_model.h). For training, for GPUs and for a whole-word
// table that a checkpoint lacks, the model is in libp5_torch.so.
Architecture t5_architecture();

}  // namespace p5
