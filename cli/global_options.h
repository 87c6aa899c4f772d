// Options of every verb: what is said on stderr, and how.
#pragma once

#include <string>

namespace p5::cli {

struct GlobalOptions {
  std::string log_level = "info";
  std::string log_format = "text";
  std::string progress = "auto";
  bool quiet = false;

  // Puts them into force, for the whole process.
  void apply() const;
};

}  // namespace p5::cli
