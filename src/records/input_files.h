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

// The part of a split that a file holds by its name, or else its folder's: "beauty.train.inter", "valid.csv",
// "ratings_test.csv".
enum class NamedPart { kNone, kTrain, kValid, kTest };
NamedPart named_part_of(const std::filesystem::path& path);

// Files stay as given; a folder or a zip file becomes those of its files that `wanted` accepts, train before validation
// before test, then by name. Throws NotFound for an input that does not exist, and a usage error with `description`
// when a folder has none.
std::vector<std::filesystem::path> expand_inputs(const std::vector<std::filesystem::path>& inputs,
                                                 const std::function<bool(const std::filesystem::path&)>& wanted,
                                                 std::string_view description);
// The same without the error, for recognising formats.
std::vector<std::filesystem::path> matching_files(const std::vector<std::filesystem::path>& inputs,
                                                  const std::function<bool(const std::filesystem::path&)>& wanted);

// Every file of the folders and zip files among the inputs, also of folders in them.
std::vector<std::filesystem::path> files_in_folders(const std::vector<std::filesystem::path>& inputs);

// Up to `count` first lines that are not empty, from the first 64 KiB; a line that goes on beyond is cut there.
std::vector<std::string> first_lines(const std::filesystem::path& path, std::size_t count);

}  // namespace p5
