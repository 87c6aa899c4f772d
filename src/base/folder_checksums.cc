#include "base/folder_checksums.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/file.h"
#include "base/json_checksum.h"
#include "base/json_field.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kFormatName = "p5-checksums";
constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kLargestList = 1 << 24;
constexpr const char* kAdvice = "restore it from a copy, or train again; if you changed it, remove checksums.json";

Error damaged(const fs::path& file, std::string expected, std::string got) {
  return model_error(fmt::format("damaged file ({})", kAdvice),
                     {.where = file.string(), .expected = std::move(expected), .got = std::move(got)});
}

std::string xxh3_of(const fs::path& file, std::uint64_t& bytes) {
  return fmt::format("{:016x}", checksum64_of_file(file, bytes));
}

}  // namespace

void FolderChecksums::write(const fs::path& folder) {
  json files = json::object();
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::uint64_t bytes = 0;
    const std::string xxh3 = xxh3_of(entry.path(), bytes);
    files[entry.path().lexically_relative(folder).generic_string()] = {{"bytes", bytes}, {"xxh3", xxh3}};
  }
  json document{{"format", kFormatName}, {"version", kVersion}, {"files", std::move(files)}};
  document["checksum"] = json_checksum(document);
  write_file_atomically(folder / kFile, pretty_json(document) + "\n");
}

std::optional<FolderChecksums> FolderChecksums::open(const fs::path& folder) {
  const fs::path file = folder / kFile;
  if (!file_exists(file)) return std::nullopt;
  const json document = read_json(file, kLargestList, ErrorSubject::kModel);
  const JsonFields fields(document, file.string(), ErrorSubject::kModel);
  if (fields.text("format") != kFormatName) throw fields.bad("format", kFormatName, fields.text("format"));
  fields.require_version(kVersion);
  if (const std::string checksum = json_checksum(document); fields.text("checksum") != checksum) {
    throw fields.bad("checksum", checksum, fields.text("checksum"));
  }
  FolderChecksums sums;
  sums.folder_ = folder;
  const JsonFields files = fields.object("files");
  for (const auto& [name, value] : fields.at("files").items()) {
    const JsonFields entry = files.object(name.c_str());
    sums.entries_[name] = {.bytes = entry.number("bytes"), .xxh3 = entry.text("xxh3")};
  }
  return sums;
}

void FolderChecksums::verify(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw damaged(folder_ / kFile, "a row for " + name, "none");
  verify(name, found->second);
}

void FolderChecksums::verify_all(const fs::path& folder) {
  const auto sums = open(folder);
  if (!sums) return;
  for (const auto& [name, entry] : sums->entries_) sums->verify(name, entry);
}

void FolderChecksums::verify(const std::string& name, const Entry& entry) const {
  const fs::path file = folder_ / name;
  if (!file_exists(file)) throw damaged(file, fmt::format("a file of {} bytes", entry.bytes), "none");
  std::uint64_t bytes = 0;
  const std::string xxh3 = xxh3_of(file, bytes);
  if (bytes != entry.bytes) throw damaged(file, fmt::format("{} bytes", entry.bytes), fmt::format("{}", bytes));
  if (xxh3 != entry.xxh3) throw damaged(file, "checksum " + entry.xxh3, xxh3);
}

}  // namespace p5
