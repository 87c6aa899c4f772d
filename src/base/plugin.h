// Loads libraries at first use: LibTorch, so that light verbs start in milliseconds, and SentencePiece, whose own copy
// of protobuf must not meet LibTorch's. Each is opened with its symbols to itself. Thread-safe.
#pragma once

#include <string>

namespace p5 {

// The address of `symbol` in libp5_torch.so, which is looked for beside libp5.so and then on the library path. Throws
// Unavailable (system) with the reason when it cannot be loaded.
void* torch_symbol(const std::string& symbol);

// The same for libp5_sentencepiece.so.
void* sentencepiece_symbol(const std::string& symbol);

}  // namespace p5
