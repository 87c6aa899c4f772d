// The files of the console and the description of the API, as they were when p5 was built. cmake/embed_console.cmake
// makes the source. Thread-safe.
#pragma once

#include <map>
#include <string_view>

namespace p5 {

// By name: "index.html", "console.js", "console.css", "openapi.json". Without a bundler there is only the last.
const std::map<std::string_view, std::string_view>& console_files();

}  // namespace p5
