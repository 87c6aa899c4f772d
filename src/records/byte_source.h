// The bytes of one input file in order, inflated when the file is gzip (recognised by its first two bytes, not by its
// name). Memory use is one block, whatever the size of the file. Not thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace p5 {

// The path "-" stands for standard input, which can be read once. A file of that name is "./-".
bool is_standard_input(const std::filesystem::path& path);
// What messages call an input.
std::string input_name(const std::filesystem::path& path);

class ByteSource {
 public:
  // Throws NotFound for a missing file and a data error for a folder. `while_waiting` is called every moment that
  // standard input has nothing to read; what it throws ends the wait.
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
  std::unique_ptr<File> file_;
  std::unique_ptr<Inflater> inflater_;  // null for a plain file
};

}  // namespace p5
