// Where the prompts of a program run come from. Thread-safe: a free function.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace p5 {

// What PromptLibrary::load() reads: `only`, or where it is empty the collection that comes with p5, and then `more`.
std::vector<std::filesystem::path> prompt_places(const std::vector<std::string>& only,
                                                 const std::vector<std::string>& more);

}  // namespace p5
