#include "corpus/corpus_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "p5/error.h"

namespace p5 {
namespace {

using nlohmann::json;

constexpr char kFormatName[] = "p5-corpus";

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

std::string digest_of(json document) {
  document.erase("checksum");
  const std::string text = document.dump();
  return hex(checksum64(std::as_bytes(std::span(text))));
}

// Reads typed fields and names the one that is wrong.
class FieldReader {
 public:
  FieldReader(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) throw bad("", "an object", object_.type_name());
  }

  const json& node(const char* name) const {
    const auto found = object_.find(name);
    if (found == object_.end()) throw bad(name, "a value", "nothing");
    return *found;
  }
  FieldReader object(const char* name) const { return {node(name), where_ + ", field " + name}; }
  std::string text(const char* name) const {
    if (!node(name).is_string()) throw bad(name, "text", node(name).dump().substr(0, 80));
    return node(name).get<std::string>();
  }
  std::uint64_t number(const char* name, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max()) const {
    const json& value = node(name);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > limit) {
      throw bad(name, fmt::format("a whole number from 0 to {}", limit), value.dump().substr(0, 80));
    }
    return value.get<std::uint64_t>();
  }
  std::uint64_t hexadecimal(const char* name) const {
    const std::string digits = text(name);
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 16 || failure != std::errc() || end != digits.data() + digits.size()) {
      throw bad(name, "16 hexadecimal digits", digits.substr(0, 80));
    }
    return value;
  }
  Error bad(std::string_view field, std::string expected, std::string got) const {
    return data_error("damaged corpus header",
                      {.where = field.empty() ? where_ : fmt::format("{}, field {}", where_, field),
                       .expected = std::move(expected),
                       .got = std::move(got)});
  }

 private:
  const json& object_;
  std::string where_;
};

// Everything else is only meaningful for a version that is known, so this comes first.
void check_version(const FieldReader& root, const std::string& where) {
  if (root.text("format") != kFormatName) throw root.bad("format", kFormatName, root.text("format").substr(0, 80));
  const json& version = root.node("version");
  if (!version.is_number_integer() || version.get<std::int64_t>() != kCorpusVersion) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kData, "corpus of another version; import it again",
                {.where = where + ", field version",
                 .expected = std::to_string(kCorpusVersion),
                 .got = version.dump().substr(0, 80)});
  }
}

}  // namespace

std::string offsets_file(std::string_view text_column) { return std::string(text_column) + ".offsets.u64"; }
std::string blob_file(std::string_view text_column) { return std::string(text_column) + ".utf8"; }

const ColumnEntry* CorpusHeader::find(std::string_view file) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const auto& entry) { return entry.file == file; });
  return found == columns.end() ? nullptr : &*found;
}

std::string to_json(const CorpusHeader& header) {
  json columns = json::array();
  for (const auto& entry : header.columns) {
    columns.push_back({{"file", entry.file},
                       {"dtype", entry.dtype},
                       {"count", entry.count},
                       {"bytes", entry.bytes},
                       {"xxh3", hex(entry.checksum)}});
  }
  json document = {
      {"format", kFormatName},
      {"version", kCorpusVersion},
      {"info",
       {{"name", header.info.name},
        {"source", header.info.source},
        {"ties", header.info.ties},
        {"seed", header.info.seed},
        {"data_sha256", header.info.data_sha256}}},
      {"counts", {{"users", header.users}, {"items", header.items}, {"interactions", header.interactions}}},
      {"columns", std::move(columns)}};
  document["checksum"] = digest_of(document);
  return document.dump(2) + "\n";
}

CorpusHeader parse_corpus_header(std::string_view text, const std::string& where) {
  // Copying and printing recurse, so a file of brackets must not get that far.
  bool too_deep = false;
  const auto watch_depth = [&](int depth, json::parse_event_t, const json&) {
    too_deep = too_deep || depth > 4;
    return !too_deep;
  };
  const json document = json::parse(text, watch_depth, /*allow_exceptions=*/false);
  if (too_deep || document.is_discarded()) {
    throw data_error("damaged corpus header",
                     {.where = where, .expected = "JSON of a corpus", .got = "something else"});
  }
  const FieldReader root(document, where);
  check_version(root, where);
  if (const std::string digest = digest_of(document); root.text("checksum") != digest) {
    throw root.bad("checksum", digest, root.text("checksum").substr(0, 80));
  }
  CorpusHeader header;
  const FieldReader info = root.object("info");
  header.info = {.name = info.text("name"),
                 .source = info.text("source"),
                 .ties = info.text("ties"),
                 .seed = info.number("seed"),
                 .data_sha256 = info.text("data_sha256")};
  const FieldReader counts = root.object("counts");
  // Ids are 32 bits, and the last value is left free to mean "none".
  header.users = counts.number("users", std::numeric_limits<UserId>::max() - 1);
  header.items = counts.number("items", std::numeric_limits<ItemId>::max() - 1);
  header.interactions = counts.number("interactions", std::uint64_t{1} << 40);
  if (!root.node("columns").is_array()) throw root.bad("columns", "a list", root.node("columns").type_name());
  for (const auto& node : root.node("columns")) {
    const FieldReader entry(node, where + ", field columns");
    header.columns.push_back({.file = entry.text("file"),
                              .dtype = entry.text("dtype"),
                              .count = entry.number("count", std::uint64_t{1} << 48),
                              .bytes = entry.number("bytes", std::uint64_t{1} << 52),
                              .checksum = entry.hexadecimal("xxh3")});
  }
  return header;
}

}  // namespace p5
