// What p5 doctor looks at: processor, memory, disk, LibTorch, GPU, the libraries that are opened at their first use,
// the files that come with p5, and the Python package. Not thread-safe.
#pragma once

#include <filesystem>
#include <string>

#include "doctor/machine_check.h"

namespace p5 {

struct DoctorOptions {
  std::filesystem::path folder = ".";  // whose disk is looked at
  std::string python = "python3";  // the interpreter that is asked for the package p5; a name on the PATH, or a file
};

// Takes a second or two: LibTorch is loaded and multiplies a little.
MachineReport check_machine(const DoctorOptions& options);

// How fast a LibTorch's products are, by GFLOP/s on one thread: "reference" below 6, where no optimised BLAS is at
// work, else "optimised".
std::string blas_class_of(double gflops);

}  // namespace p5
