// Loads the part behind the wall at first use, so that light verbs start in milliseconds. Thread-safe.
#pragma once

#include <string>

namespace p5 {

// The address of `symbol` in libp5_torch.so, which is looked for beside libp5.so and then on the library path. Throws
// Unavailable (system) with the reason when it cannot be loaded.
void* torch_symbol(const std::string& symbol);

}  // namespace p5
