#include "pipeline/starter_project.h"

#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/resource.h"
#include "p5/error.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

// Name in the project, name in data/starter.
constexpr std::pair<const char*, const char*> kStarterFiles[] = {{"data/README.txt", "data_README.txt"},
                                                                 {"import.toml", "import.toml"},
                                                                 {"train.toml", "train.toml"},
                                                                 {"README.md", "README.md"},
                                                                 {".gitignore", "gitignore"}};

void make_project_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw system_error("cannot make a folder", {.where = folder.string(), .got = failure.message()});
}

}  // namespace

StarterProject write_starter_project(const fs::path& folder) {
  std::vector<std::pair<std::string, std::string>>
      contents;  // read first: a file that is missing leaves nothing behind
  for (const auto& [name, resource] : kStarterFiles) {
    if (file_exists(folder / name)) {
      throw usage_error("a file of this name is there already",
                        {.where = (folder / name).string(), .expected = "a folder without it", .got = "a file"});
    }
    contents.emplace_back(name, read_file(resource_path("data/starter/" + std::string(resource))));
  }
  make_project_folder(folder / "data");
  StarterProject project{.folder = folder, .files = {}};
  for (const auto& [name, content] : contents) {
    write_file_atomically(folder / name, content);
    project.files.push_back(name);
  }
  return project;
}

}  // namespace p5
