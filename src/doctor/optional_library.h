// The libraries that p5 opens at their first use, and what does not work without each. Thread-safe: free functions.
#pragma once

#include <span>
#include <string>

namespace p5 {

struct OptionalLibrary {
  const char* name;    // "faiss"
  const char* file;    // "libp5_faiss.so"
  const char* symbol;  // one that it must have
  const char* needed_for;
  const char* package;  // Debian's, which brings what the file itself needs
  bool required;        // for what nearly everybody does
};

// LibTorch is not among them: see bench/torch_facts.h.
std::span<const OptionalLibrary> optional_libraries();

// Empty where the library opens; else why it does not.
std::string complaint_about(const OptionalLibrary& library);

}  // namespace p5
