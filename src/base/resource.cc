#include "base/resource.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include "p5/error.h"

namespace p5 {

std::filesystem::path resource_path(const std::string& name) {
  std::vector<std::filesystem::path> tried;
  if (const char* folder = std::getenv("P5_RESOURCES")) tried.emplace_back(folder);
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(&resource_path), &info) != 0 && info.dli_fname != nullptr) {
    std::error_code ignored;
    // Next to lib/, or to lib/x86_64-linux-gnu/ as Debian has it.
    const auto prefix = std::filesystem::weakly_canonical(info.dli_fname, ignored).parent_path().parent_path();
    tried.push_back(prefix / "share" / "p5");
    if (prefix.filename() == "lib") tried.push_back(prefix.parent_path() / "share" / "p5");
  }
  tried.emplace_back(P5_RESOURCE_DIR);
  std::string looked;
  for (const auto& path : tried) {
    if (std::filesystem::exists(path / name)) return path / name;
    looked += (looked.empty() ? "" : ", ") + (path / name).string();
  }
  throw Error(ErrorCode::kNotFound, ErrorSubject::kSystem, "a file that comes with p5 is missing",
              {.where = name, .expected = "one of " + looked, .got = "none"});
}

}  // namespace p5
