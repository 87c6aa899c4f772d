// A folder to begin with: configuration files whose options are explained, the next commands, and a place for data. The
// files come from data/starter. Thread-safe: free functions, as long as no two write to one folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace p5 {

struct StarterProject {
  std::filesystem::path folder;
  std::vector<std::string> files;  // relative to the folder, in the order in which they were written
};

// Makes the folder where it is missing, and writes the files. Throws InvalidArgument (request), before anything is
// written, where one of them is there already, and Unavailable (system) on a disk error.
StarterProject write_starter_project(const std::filesystem::path& folder);

}  // namespace p5
