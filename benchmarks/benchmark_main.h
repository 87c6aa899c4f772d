// How main() of every benchmark reports errors of users: one line, and p5's exit codes.
#pragma once

#include <iostream>

#include "p5/error.h"

namespace p5 {

inline int benchmark_main(int argc, char** argv, int (*program)(int argc, char** argv)) {
  try {
    return program(argc, argv);
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return exit_code_of(error);
  }
}

}  // namespace p5
