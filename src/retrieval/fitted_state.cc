#include "retrieval/fitted_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "base/json_field.h"

namespace p5 {
namespace {

using nlohmann::json;

constexpr char kFormatName[] = "p5-fitted";
constexpr std::uint64_t kFittedVersion = 1;
constexpr std::uint64_t kLongestHeader = 1 << 20;
constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);  // of the header's length, and of the checksum at the end

// 0: no such type.
std::size_t width_of(std::string_view type) {
  if (type == "u8") return 1;
  if (type == "u32" || type == "f32") return 4;
  return type == "u64" || type == "f64" ? 8 : 0;
}

void append_number(std::uint64_t number, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::uint64_t number_at(std::string_view bytes, std::size_t position) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data() + position, sizeof number);
  return number;
}

std::uint64_t checksum_of(std::string_view bytes) { return checksum64(std::as_bytes(std::span(bytes))); }

}  // namespace

void FittedState::add(std::string name, std::string_view type, std::span<const std::byte> bytes) {
  arrays_.push_back({.name = std::move(name), .type = std::string(type), .bytes = {bytes.begin(), bytes.end()}});
}

bool FittedState::has(std::string_view name) const {
  return std::ranges::any_of(arrays_, [name](const Array& array) { return array.name == name; });
}

std::span<const std::byte> FittedState::bytes_of(std::string_view name, std::string_view type) const {
  const auto found =
      std::find_if(arrays_.begin(), arrays_.end(), [&](const Array& array) { return array.name == name; });
  if (found == arrays_.end()) throw damage(fmt::format("array '{}'", name), "none");
  if (found->type != type) throw damage(fmt::format("array '{}' of {}", name, type), found->type);
  return found->bytes;
}

Error FittedState::damage(const std::string& expected, const std::string& got) const {
  return model_error("the saved source is damaged", {.where = where_, .expected = expected, .got = got});
}

void FittedState::save(const std::filesystem::path& file, const FittedOrigin& origin) const {
  json arrays = json::array();
  for (const Array& array : arrays_) {
    arrays.push_back(
        {{"name", array.name}, {"type", array.type}, {"count", array.bytes.size() / width_of(array.type)}});
  }
  const std::string header = json{{"format", kFormatName},     {"version", kFittedVersion},
                                  {"source", origin.source},   {"data_sha256", origin.data_sha256},
                                  {"options", origin.options}, {"arrays", std::move(arrays)}}
                                 .dump();
  std::string bytes;
  append_number(header.size(), bytes);
  bytes += header;
  for (const Array& array : arrays_)
    bytes.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
  append_number(checksum_of(bytes), bytes);
  std::error_code ignored;  // the writer says what is wrong with the folder
  std::filesystem::create_directories(file.parent_path(), ignored);
  write_file_atomically(file, bytes);
}

std::optional<FittedState> FittedState::load(const std::filesystem::path& file, const FittedOrigin& origin) {
  return read(file, [&origin](const FittedOrigin& found) { return found == origin; });
}

std::optional<FittedState> FittedState::load_any(const std::filesystem::path& file, std::string_view source) {
  return read(file, [source](const FittedOrigin& found) { return found.source == source; });
}

std::optional<FittedState> FittedState::read(const std::filesystem::path& file,
                                             const std::function<bool(const FittedOrigin&)>& wanted) {
  if (!file_exists(file)) return std::nullopt;
  FittedState state;
  state.where_ = file.string();
  const MappedFile mapped(file);
  const std::string_view bytes = mapped.text();
  if (bytes.size() < 2 * kNumberBytes) {
    throw state.damage("a header and a checksum", fmt::format("{} bytes", bytes.size()));
  }
  const std::uint64_t header_bytes = number_at(bytes, 0);
  if (header_bytes > std::min<std::uint64_t>(kLongestHeader, bytes.size() - 2 * kNumberBytes)) {
    throw state.damage("a header within the file", fmt::format("one of {} bytes", header_bytes));
  }
  const json header = parse_json(bytes.substr(kNumberBytes, header_bytes), /*depth=*/3);
  if (header.is_discarded()) throw state.damage("a header of JSON", "something else");
  const JsonFields fields(header, state.where_, ErrorSubject::kModel);
  if (fields.text("format") != kFormatName) throw fields.bad("format", kFormatName, fields.text("format"));
  fields.require_version(kFittedVersion, "remove the file, and the source is fit again");
  const std::size_t end = bytes.size() - kNumberBytes;
  if (checksum_of(bytes.substr(0, end)) != number_at(bytes, end)) throw state.damage("its own checksum", "another one");
  const FittedOrigin found{fields.text("source"), fields.text("data_sha256"), fields.text("options")};
  if (!wanted(found)) return std::nullopt;
  std::size_t begin = kNumberBytes + header_bytes;
  for (const json& entry : fields.list("arrays")) {
    const JsonFields array(entry, state.where_, ErrorSubject::kModel);
    const std::size_t width = width_of(array.text("type"));
    if (width == 0) throw array.bad("type", "u8, u32, u64, f32 or f64", array.text("type"));
    const std::uint64_t count = array.number("count", (end - begin) / width);
    state.add(array.text("name"), array.text("type"), mapped.bytes().subspan(begin, count * width));
    begin += count * width;
  }
  if (begin != end) throw state.damage(fmt::format("{} bytes of arrays", begin), fmt::format("{}", end));
  return state;
}

}  // namespace p5
