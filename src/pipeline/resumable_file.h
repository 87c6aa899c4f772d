// A result file that long work appends to and that survives interruptions: PATH.partial holds what is written so far,
// and PATH.partial.json how far it is known to be whole, for which request. The file gets its name when it is complete.
// One program writes it at a time. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_lock.h"

namespace p5 {

class ResumableFile {
 public:
  enum class Existing { kRefuse, kReplace };
  // Continues what an earlier program left for the same request. `request` says in words what the file holds; another
  // one is refused with InvalidArgument (request), as are a finished file with kRefuse and one that another program
  // writes. With kReplace both are begun anew; the finished file stays until the new one is complete.
  ResumableFile(std::filesystem::path path, std::string request, Existing existing);
  ResumableFile(const ResumableFile&) = delete;
  ResumableFile& operator=(const ResumableFile&) = delete;

  // How many pieces of work are in the file already, as checkpoint() was told.
  std::uint64_t done() const { return done_; }
  // Throws Unavailable (system), as the following.
  void write(std::string_view bytes);
  // All written so far is `done` pieces of work, and is on the disk now. What is written later is cut off by the next
  // program unless another checkpoint follows.
  void checkpoint(std::uint64_t done);
  // A checkpoint, and the file gets its name.
  void commit(std::uint64_t done);

 private:
  void begin();
  bool read_state(Existing existing);

  std::filesystem::path path_, partial_, state_;
  std::string request_;
  std::optional<FileLock> lock_;
  std::ofstream out_;
  std::uint64_t done_ = 0, bytes_ = 0;
};

}  // namespace p5
