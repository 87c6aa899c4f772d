#include "records/input_files.h"

#include <algorithm>

#include "records/byte_source.h"
#include "records/field_parsing.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPeekedBytes = std::size_t{1} << 16;

using Predicate = std::function<bool(const fs::path&)>;

std::vector<fs::path> files_of(const fs::path& input, const Predicate& wanted) {
  if (is_standard_input(input)) return {input};
  std::error_code failure;
  if (!fs::exists(input, failure)) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kRequest, "no such input file or folder",
                {.where = input.string()});
  }
  if (!fs::is_directory(input, failure)) return {input};
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(input, failure), end; !failure && entry != end; entry.increment(failure)) {
    std::error_code ignored;
    if (!entry->is_directory(ignored) && wanted(entry->path())) files.push_back(entry->path());
  }
  if (failure) {
    throw system_error("cannot list the folder", {.where = input.string(), .got = failure.message()});
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string data_name(const fs::path& path) {
  std::string name = path.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
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
  std::vector<std::string> lines;
  while (!rest.empty() && lines.size() < count) {
    const std::size_t stop = rest.find('\n');
    const std::string_view line = rest.substr(0, stop);
    if (!trimmed(line).empty()) lines.emplace_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    rest.remove_prefix(stop == std::string_view::npos ? rest.size() : stop + 1);
  }
  return lines;
}

}  // namespace p5
