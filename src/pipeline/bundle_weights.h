// The weights of a bundle that other ones take the place of. Thread-safe: a free function.
#pragma once

#include <filesystem>
#include <functional>

namespace p5 {

// Calls write(empty folder), puts the stars of the bundle `stars_of` beside what it wrote, where there are some, and
// the checksums, and exchanges the model folder of `bundle`, which need not be there, at once.
void replace_weights(const std::filesystem::path& bundle, const std::filesystem::path& stars_of,
                     const std::function<void(const std::filesystem::path& folder)>& write);

}  // namespace p5
