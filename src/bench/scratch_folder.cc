#include "bench/scratch_folder.h"

#include <stdlib.h>

#include <string>
#include <system_error>

#include "p5/error.h"

namespace p5 {

ScratchFolder::ScratchFolder() {
  std::error_code failure;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(failure);
  std::string name = (parent / "p5-bench-XXXXXX").string();
  if (failure || ::mkdtemp(name.data()) == nullptr) {
    throw system_error("cannot make a temporary folder",
                       {.where = name, .expected = "a TMPDIR that exists and can be written to"});
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace p5
