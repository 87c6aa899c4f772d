// What every benchmark does alike: errors of users are one line with p5's exit codes, and reports are JSON or text.
#pragma once

#include <iostream>
#include <nlohmann/json.hpp>

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

// One JSON object on stdout, or what print(report) makes of it.
inline void show_report(const nlohmann::ordered_json& report, bool as_json,
                        void (*print)(const nlohmann::ordered_json& report)) {
  if (as_json) {
    std::cout << report.dump(2) << "\n";
  } else {
    print(report);
  }
}

}  // namespace p5
