// Options by name, as docs/options.md lists them and as configs/*.toml write them. Includes no third-party header.
// Plain values; thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

namespace p5 {

// One choice that differs from the default.
struct Setting {
  std::string key;                    // "train.lr"
  std::string value;                  // as in TOML: 3e-4, true, ["a", "b"]; a bare word is a text
  std::string origin = "the caller";  // where it comes from, as messages name it
};
using Settings = std::vector<Setting>;  // later ones win

// The options of a run that a TOML file sets. Throws InvalidArgument with file and line for what is no such option.
Settings read_run_settings(const std::string& toml_file);

}  // namespace p5
