// Which files an import reads. Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

// The file name without folder and without ".gz": readers recognise formats by it.
std::string data_name(const std::filesystem::path& path);
bool has_extension(const std::filesystem::path& path, std::initializer_list<std::string_view> extensions);

// Files stay as given; a folder becomes those of its files that `wanted` accepts, sorted by name. Throws NotFound for
// an input that does not exist, and a usage error with `description` when a folder has none.
std::vector<std::filesystem::path> expand_inputs(const std::vector<std::filesystem::path>& inputs,
                                                 const std::function<bool(const std::filesystem::path&)>& wanted,
                                                 std::string_view description);
// The same without the error, for recognising formats.
std::vector<std::filesystem::path> matching_files(const std::vector<std::filesystem::path>& inputs,
                                                  const std::function<bool(const std::filesystem::path&)>& wanted);

// Up to `count` first lines that are not empty, from the first 64 KiB; a line that goes on beyond is cut there.
std::vector<std::string> first_lines(const std::filesystem::path& path, std::size_t count);

}  // namespace p5
