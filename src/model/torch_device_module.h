// The device that options name, as LibTorch knows it. Not thread-safe: sets the threads of the whole process.
#pragma once

#include <torch/torch.h>

#include "model/device_options.h"

namespace p5 {

// Sets CPU threads and finds the device. Throws InvalidArgument for a bad name, Unavailable (system) for a missing GPU.
torch::Device open_device(const DeviceOptions& options);

}  // namespace p5
