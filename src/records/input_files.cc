#include "records/input_files.h"

#include <algorithm>
#include <cctype>

#include "p5/error.h"
#include "records/byte_source.h"
#include "records/field_parsing.h"
#include "records/zip_archive.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPeekedBytes = std::size_t{1} << 16;

using Predicate = std::function<bool(const fs::path&)>;

// What a system or a packer leaves in folders.
bool is_litter(const fs::path& path) {
  return path.filename().string().starts_with('.') || path.generic_string().find("__MACOSX/") != std::string::npos;
}

std::vector<fs::path> files_of_zip(const fs::path& archive) {
  std::vector<fs::path> files;
  for (const ZipMember& member : zip_members(archive)) {
    if (!is_litter(member.name)) files.push_back(archive / member.name);
  }
  return files;
}

std::vector<fs::path> files_of_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    std::error_code ignored;
    if (!entry->is_directory(ignored)) files.push_back(entry->path());
  }
  if (failure) {
    throw system_error("cannot list the folder", {.where = folder.string(), .got = failure.message()});
  }
  return files;
}

std::vector<fs::path> files_of(const fs::path& input, const Predicate& wanted) {
  if (is_standard_input(input)) return {input};
  std::error_code failure;
  if (!fs::exists(input, failure)) {
    if (split_zip_path(input)) return {input};
    throw Error(ErrorCode::kNotFound, ErrorSubject::kRequest, "no such input file or folder",
                {.where = input.string()});
  }
  const bool zip = is_zip(input);
  if (!fs::is_directory(input, failure) && !zip) return {input};
  std::vector<fs::path> files = zip ? files_of_zip(input) : files_of_folder(input);
  std::erase_if(files, [&wanted](const fs::path& file) { return !wanted(file); });
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    const NamedPart first = named_part_of(a), second = named_part_of(b);
    return first != second ? first < second : a < b;
  });
  return files;
}

NamedPart part_of_word(std::string_view word) {
  if (word == "train" || word == "training") return NamedPart::kTrain;
  if (word == "valid" || word == "validation" || word == "val" || word == "dev") return NamedPart::kValid;
  return word == "test" || word == "testing" ? NamedPart::kTest : NamedPart::kNone;
}

// By the words of a name, whatever their case: "ML100k_Train.csv".
NamedPart part_of_name(std::string name) {
  for (char& letter : name) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  NamedPart found = NamedPart::kNone;
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t stop = std::min(name.find_first_of("._- ", begin), name.size());
    const NamedPart part = part_of_word(std::string_view(name).substr(begin, stop - begin));
    if (part != NamedPart::kNone && found != NamedPart::kNone && part != found) return NamedPart::kNone;
    if (part != NamedPart::kNone) found = part;
    begin = stop + 1;
  }
  return found;
}

}  // namespace

std::string data_name(const fs::path& path) {
  std::string name = path.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

NamedPart named_part_of(const fs::path& path) {
  const std::string name = data_name(path);
  if (name.size() == 7 && name[0] == 'u' && name.ends_with(".base")) return NamedPart::kTrain;  // MovieLens-100K
  const NamedPart own = part_of_name(name);
  return own != NamedPart::kNone ? own : part_of_name(path.parent_path().filename().string());
}

bool has_extension(const fs::path& path, std::initializer_list<std::string_view> extensions) {
  const std::string name = data_name(path);
  return std::any_of(extensions.begin(), extensions.end(),
                     [&name](std::string_view extension) { return name.ends_with(extension); });
}

std::vector<fs::path> expand_inputs(const std::vector<fs::path>& inputs, const Predicate& wanted,
                                    std::string_view description) {
  std::vector<fs::path> all;
  for (const auto& input : inputs) {
    const auto files = files_of(input, wanted);
    if (files.empty()) {
      throw usage_error("the folder holds no file of this format",
                        {.where = input.string(), .expected = std::string(description)});
    }
    all.insert(all.end(), files.begin(), files.end());
  }
  return all;
}

std::vector<fs::path> matching_files(const std::vector<fs::path>& inputs, const Predicate& wanted) {
  std::vector<fs::path> all;
  for (const auto& input : inputs) {
    for (const auto& file : files_of(input, wanted)) {
      if (wanted(file)) all.push_back(file);
    }
  }
  return all;
}

std::vector<fs::path> files_in_folders(const std::vector<fs::path>& inputs) {
  std::vector<fs::path> files;
  for (const auto& input : inputs) {
    std::error_code failure;
    if (is_standard_input(input)) continue;
    if (is_zip(input)) {
      const auto members = files_of_zip(input);
      files.insert(files.end(), members.begin(), members.end());
    } else if (fs::is_directory(input, failure)) {
      for (fs::recursive_directory_iterator entry(input, fs::directory_options::skip_permission_denied, failure), end;
           !failure && entry != end; entry.increment(failure)) {
        std::error_code ignored;
        if (!entry->is_directory(ignored) && !is_litter(entry->path())) files.push_back(entry->path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> first_lines(const fs::path& path, std::size_t count) {
  ByteSource source(path);
  std::string head(kPeekedBytes, '\0');
  std::size_t size = 0;
  while (size < head.size()) {
    const std::size_t got = source.read(head.data() + size, head.size() - size);
    if (got == 0) break;
    size += got;
  }
  std::string_view rest = std::string_view(head).substr(0, size);
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  const bool old_mac = rest.find('\n') == std::string_view::npos && rest.find('\r') != std::string_view::npos;
  std::vector<std::string> lines;
  while (!rest.empty() && lines.size() < count) {
    const std::size_t stop = rest.find(old_mac ? '\r' : '\n');
    const std::string_view line = rest.substr(0, stop);
    if (!trimmed(line).empty()) lines.emplace_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    rest.remove_prefix(stop == std::string_view::npos ? rest.size() : stop + 1);
  }
  return lines;
}

}  // namespace p5
