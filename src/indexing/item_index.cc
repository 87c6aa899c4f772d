#include "indexing/item_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <numeric>
#include <type_traits>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "base/utf8.h"
#include "p5/error.h"

namespace p5 {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian and read in place");

// docs/formats.md: header, scheme, path offsets, tokens, name offsets, names, and the XXH3 of everything before it.
constexpr std::array<char, 8> kMagic = {'p', '5', '-', 'i', 'n', 'd', 'e', 'x'};
constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kMaxCount = 0xfffffffeu;  // offsets are 32 bits

struct FileHeader {
  std::array<char, 8> magic = kMagic;
  std::uint64_t version = kVersion;
  std::uint64_t scheme_bytes = 0, items = 0, tokens = 0, name_bytes = 0;
};
static_assert(sizeof(FileHeader) == 48 && std::is_trivially_copyable_v<FileHeader>);

template <typename T>
std::string_view as_text(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

Error damaged(const std::string& where, std::string expected, std::string got) {
  return model_error("damaged item index", {where, std::move(expected), std::move(got)});
}

// Splits a file into its sections, in order. Their sizes were already compared with the file's.
class SectionReader {
 public:
  explicit SectionReader(std::string_view content) : left_(content) {}
  std::string_view take(std::uint64_t bytes) {
    const std::string_view taken = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return taken;
  }
  template <typename T>
  std::vector<T> take_all(std::uint64_t count) {
    std::vector<T> values(count);
    const std::string_view raw = take(count * sizeof(T));
    if (count > 0) std::memcpy(values.data(), raw.data(), raw.size());
    return values;
  }

 private:
  std::string_view left_;
};

FileHeader read_header(std::string_view content, const std::string& where) {
  FileHeader header;
  if (content.size() < sizeof header + sizeof(std::uint64_t)) {
    throw damaged(where, "at least 56 bytes", fmt::format("{}", content.size()));
  }
  std::memcpy(&header, content.data(), sizeof header);
  if (header.magic != kMagic) throw damaged(where, "a file that begins with 'p5-index'", "another one");
  if (header.version != kVersion) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "unknown version of an item index",
                {where, std::to_string(kVersion), std::to_string(header.version)});
  }
  for (const std::uint64_t count : {header.scheme_bytes, header.items, header.tokens, header.name_bytes}) {
    if (count > kMaxCount) throw damaged(where, fmt::format("counts up to {}", kMaxCount), std::to_string(count));
  }
  const std::uint64_t size = sizeof header + header.scheme_bytes + 8 * (header.items + 1) + 4 * header.tokens +
                             header.name_bytes + sizeof(std::uint64_t);
  if (size != content.size()) throw damaged(where, fmt::format("{} bytes", size), std::to_string(content.size()));
  return header;
}

void check_offsets(const std::vector<std::uint32_t>& offsets, std::uint64_t end, const std::string& where) {
  if (offsets.front() != 0 || offsets.back() != end || !std::is_sorted(offsets.begin(), offsets.end())) {
    throw damaged(where, fmt::format("ascending offsets from 0 to {}", end), "others");
  }
}

std::vector<std::uint32_t> offsets_of(const std::vector<std::string>& names) {
  std::vector<std::uint32_t> offsets = {0};
  for (const std::string& name : names) offsets.push_back(offsets.back() + static_cast<std::uint32_t>(name.size()));
  return offsets;
}

void check_item(std::span<const TokenId> path, const std::string& name) {
  if (!is_utf8(name)) throw usage_error("the name of an item is not UTF-8", {.where = "item index"});
  if (path.empty()) throw usage_error("an item without a path", {"item index", "at least one token", name});
  for (const TokenId token : path) {
    if (token > kUnknownToken) continue;
    throw usage_error("a special token in the path of an item",
                      {"item index: " + name, fmt::format("tokens above {}", kUnknownToken), std::to_string(token)});
  }
}

}  // namespace

ItemIndex::ItemIndex(std::string scheme, std::vector<std::vector<TokenId>> paths, std::vector<std::string> names)
    : scheme_(std::move(scheme)), names_(std::move(names)) {
  if (paths.size() != names_.size()) {
    throw usage_error("every path needs a name",
                      {"item index", fmt::format("{} names", paths.size()), std::to_string(names_.size())});
  }
  offsets_.reserve(paths.size() + 1);
  offsets_.push_back(0);
  for (std::size_t item = 0; item < paths.size(); ++item) {
    check_item(paths[item], names_[item]);
    if (tokens_.size() + paths[item].size() > kMaxCount) throw usage_error("the paths hold too many tokens");
    tokens_.insert(tokens_.end(), paths[item].begin(), paths[item].end());
    offsets_.push_back(static_cast<std::uint32_t>(tokens_.size()));
  }
  by_path_.resize(names_.size());
  std::iota(by_path_.begin(), by_path_.end(), ItemId{0});
  std::sort(by_path_.begin(), by_path_.end(),
            [this](ItemId a, ItemId b) { return std::ranges::lexicographical_compare(path(a), path(b)); });
  const auto twin = std::adjacent_find(by_path_.begin(), by_path_.end(),
                                       [this](ItemId a, ItemId b) { return std::ranges::equal(path(a), path(b)); });
  if (twin != by_path_.end()) {
    throw usage_error("two items share one path",
                      {"item index", "", fmt::format("'{}' and '{}'", names_[twin[0]], names_[twin[1]])});
  }
}

std::span<const TokenId> ItemIndex::path(ItemId item) const {
  return std::span(tokens_).subspan(offsets_[item], offsets_[item + 1] - offsets_[item]);
}

std::int64_t ItemIndex::number(ItemId item) const {
  const std::string& name = names_[item];
  const std::size_t digits = name.find_last_not_of("0123456789") + 1;
  std::int64_t number = 0;
  const auto parsed = std::from_chars(name.data() + digits, name.data() + name.size(), number);
  return parsed.ec == std::errc() ? number : std::int64_t{item};
}

std::optional<ItemId> ItemIndex::find(std::span<const TokenId> path) const {
  const auto found = std::lower_bound(by_path_.begin(), by_path_.end(), path, [this](ItemId item, const auto& wanted) {
    return std::ranges::lexicographical_compare(this->path(item), wanted);
  });
  if (found == by_path_.end() || !std::ranges::equal(this->path(*found), path)) return std::nullopt;
  return *found;
}

std::size_t ItemIndex::longest_path() const {
  std::size_t longest = 0;
  for (std::size_t i = 0; i + 1 < offsets_.size(); ++i) {
    longest = std::max<std::size_t>(longest, offsets_[i + 1] - offsets_[i]);
  }
  return longest;
}

void ItemIndex::save(const std::filesystem::path& file) const {
  const std::vector<std::uint32_t> name_offsets = offsets_of(names_);
  const FileHeader header = {
      .scheme_bytes = scheme_.size(), .items = size(), .tokens = tokens_.size(), .name_bytes = name_offsets.back()};
  std::string content;
  content += as_text(std::span(&header, 1));
  content += scheme_;
  content += as_text(std::span(offsets_));
  content += as_text(std::span(tokens_));
  content += as_text(std::span(std::as_const(name_offsets)));
  for (const std::string& name : names_) content += name;
  const std::uint64_t checksum = checksum64(std::as_bytes(std::span(content)));
  content += as_text(std::span(&checksum, 1));
  write_file_atomically(file, content);
}

ItemIndex ItemIndex::load(const std::filesystem::path& file) {
  const std::string where = file.string();
  const MappedFile mapped(file);
  const std::string_view content = mapped.text();
  const FileHeader header = read_header(content, where);
  const std::size_t checked = content.size() - sizeof(std::uint64_t);
  std::uint64_t expected = 0;
  std::memcpy(&expected, content.data() + checked, sizeof expected);
  const std::uint64_t checksum = checksum64(mapped.bytes().first(checked));
  if (checksum != expected) {
    throw damaged(where, fmt::format("checksum {:016x}", expected), fmt::format("{:016x}", checksum));
  }

  SectionReader reader(content.substr(sizeof header));
  std::string scheme(reader.take(header.scheme_bytes));
  const auto offsets = reader.take_all<std::uint32_t>(header.items + 1);
  const auto tokens = reader.take_all<TokenId>(header.tokens);
  const auto name_offsets = reader.take_all<std::uint32_t>(header.items + 1);
  const std::string_view text = reader.take(header.name_bytes);
  check_offsets(offsets, header.tokens, where + ": paths");
  check_offsets(name_offsets, header.name_bytes, where + ": names");
  std::vector<std::vector<TokenId>> paths(header.items);
  std::vector<std::string> names(header.items);
  for (std::size_t item = 0; item < header.items; ++item) {
    paths[item].assign(tokens.begin() + offsets[item], tokens.begin() + offsets[item + 1]);
    names[item] = text.substr(name_offsets[item], name_offsets[item + 1] - name_offsets[item]);
  }
  try {
    return ItemIndex(std::move(scheme), std::move(paths), std::move(names));
  } catch (const Error& error) {
    throw model_error(error.what(), {.where = where});
  }
}

}  // namespace p5
