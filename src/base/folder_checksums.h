// checksums.json: size and XXH3 of every file in a folder that is written once (docs/formats.md), so that damage is
// noticed before a file is used. Folders of earlier versions have none, and folders of other programs neither. A plain
// value.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace p5 {

class FolderChecksums {
 public:
  static constexpr const char* kFile = "checksums.json";

  // Lists all files in the folder and below it. Called when the folder is complete.
  static void write(const std::filesystem::path& folder);
  // Nothing where the folder has no such file. Throws Corrupted or Unsupported (model).
  static std::optional<FolderChecksums> open(const std::filesystem::path& folder);

  bool lists(const std::string& name) const { return entries_.contains(name); }
  // Reads the file and throws Corrupted (model), naming it, unless it is as listed. `name` is relative to the folder.
  void verify(const std::string& name) const;
  // All files of the folder, if it has checksums. Throws as open() and verify().
  static void verify_all(const std::filesystem::path& folder);

 private:
  struct Entry {
    std::uint64_t bytes = 0;
    std::string xxh3;
  };

  void verify(const std::string& name, const Entry& entry) const;

  std::filesystem::path folder_;
  std::map<std::string, Entry> entries_;
};

}  // namespace p5
