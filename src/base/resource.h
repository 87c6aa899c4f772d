// Where the files that come with p5 are: prompts/ and configs/. Thread-safe.
#pragma once

#include <filesystem>
#include <string>

namespace p5 {

// The folder or file `name` of: $P5_RESOURCES, share/p5 next to the installed library, the source tree of the build.
// Throws NotFound (system) that lists the paths it tried.
std::filesystem::path resource_path(const std::string& name);

}  // namespace p5
