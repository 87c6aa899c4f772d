// The bytes of one input file in order, inflated when the file is gzip (recognised by its first two bytes, not by its
// name). A path such as "x.zip/a.csv" is the member a.csv of a zip file; a zip file with one member is that member.
// Memory use is one block, whatever the size of the file. Not thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "records/zip_archive.h"

namespace p5 {

// The path "-" stands for standard input, which can be read once. A file of that name is "./-".
bool is_standard_input(const std::filesystem::path& path);
// What messages call an input.
std::string input_name(const std::filesystem::path& path);

// What to do with a file that p5 cannot read, by its first bytes: "compressed with zstandard; zstdcat FILE | ...".
// Empty for others.
std::string advice_on(std::string_view first_bytes);

class ByteSource {
 public:
  // Throws NotFound for a missing file and a data error for a folder and for a compression that p5 does not read,
  // naming the tool that does. `while_waiting` is called every moment that standard input, or a pipe, has nothing to
  // read; what it throws ends the wait.
  explicit ByteSource(const std::filesystem::path& path, std::function<void()> while_waiting = {});
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // Writes up to `capacity` bytes to `target` and returns how many; 0 at the end. Throws a data error that names the
  // file when a gzip stream is damaged or ends early.
  std::size_t read(char* target, std::size_t capacity);

 private:
  class File;
  class Inflater;
  std::unique_ptr<ZipStream> member_;   // null outside zip files
  std::unique_ptr<File> file_;          // null for a member of a zip file
  std::unique_ptr<Inflater> inflater_;  // null for a plain file
};

}  // namespace p5
