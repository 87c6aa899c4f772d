// The version of p5: of the program, of the library, and of what `find_package(p5)` finds.
#pragma once

#include <string_view>

namespace p5 {

// Semantic versioning: files and options of one major version stay readable within it. The same number is in project(p5
// VERSION ...) of CMakeLists.txt; configuring stops when the two differ.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace p5
