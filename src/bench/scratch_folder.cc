#include "bench/scratch_folder.h"

#include <stdlib.h>

#include <string>
#include <system_error>

#include "p5/error.h"

namespace p5 {

ScratchFolder::ScratchFolder() {
  std::error_code ignored;
  std::string name = (std::filesystem::temp_directory_path(ignored) / "p5-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw system_error("cannot make a temporary folder",
                       {.where = name, .expected = "a TMPDIR that can be written to", .got = ""});
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace p5
