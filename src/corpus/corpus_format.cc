#include "corpus/corpus_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/json_checksum.h"
#include "base/json_field.h"
#include "p5/error.h"

namespace p5 {
namespace {

using nlohmann::json;

constexpr char kFormatName[] = "p5-corpus";
constexpr int kHeaderDepth = 4;
constexpr char kIntegerKeys[] = "integer";

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

std::uint64_t hexadecimal(const JsonFields& fields, const char* name) {
  const std::string& digits = fields.text(name);
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 16 || failure != std::errc() || end != digits.data() + digits.size()) {
    throw fields.bad(name, "16 hexadecimal digits", brief(fields.at(name)));
  }
  return value;
}

RatingScale rating_scale_in(const JsonFields& info) {
  try {
    return RatingScale::parse(info.text("rating_scale"), "");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    throw info.bad("rating_scale", "LOW..HIGH:STEP", brief(info.at("rating_scale")));
  }
}

// Texts are not named, so that corpora of text keys are as those of earlier versions.
KeyKind key_kind_in(const json& info, const JsonFields& fields, const char* name) {
  if (!info.contains(name)) return KeyKind::kText;
  if (fields.text(name) != kIntegerKeys) throw fields.bad(name, kIntegerKeys, brief(fields.at(name)));
  return KeyKind::kInteger;
}

// corpus.json and the files that it lists; empty when it is not the header of a corpus.
std::set<std::string> files_of_corpus(const std::filesystem::path& folder) {
  std::error_code failure;
  const auto path = folder / kCorpusHeaderFile;
  if (!std::filesystem::is_regular_file(path, failure)) return {};
  std::set<std::string> files;
  try {
    const json document = parse_json(read_file(path, kCorpusHeaderLimit), kHeaderDepth);
    const JsonFields root(document, path.string(), ErrorSubject::kData);
    if (root.text("format") != kFormatName) return {};
    files.insert(kCorpusHeaderFile);
    for (const auto& node : root.list("columns")) {
      files.insert(JsonFields(node, path.string(), ErrorSubject::kData).text("file"));
    }
  } catch (const Error& error) {  // a header whose list is damaged still belongs to a corpus
    if (error.subject() == ErrorSubject::kSystem) throw;
  }
  return files;
}

Error not_replaceable(const std::filesystem::path& what) {
  return usage_error("this would be lost if the output replaced it",
                     {.where = what.string(),
                      .expected = "a corpus that p5 wrote and nothing else there, or another output",
                      .got = "what p5 did not write"});
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
  if (const auto& scale = header.info.rating_scale) document["info"]["rating_scale"] = scale->to_string();
  if (header.info.user_keys == KeyKind::kInteger) document["info"]["user_keys"] = kIntegerKeys;
  if (header.info.item_keys == KeyKind::kInteger) document["info"]["item_keys"] = kIntegerKeys;
  document["checksum"] = json_checksum(document);
  return document.dump(2) + "\n";
}

CorpusHeader parse_corpus_header(std::string_view text, const std::string& where) {
  const json document = parse_json(text, kHeaderDepth);
  if (document.is_discarded()) {
    throw data_error("damaged corpus header",
                     {.where = where, .expected = "JSON of a corpus", .got = "something else"});
  }
  const JsonFields root(document, where, ErrorSubject::kData);
  if (root.text("format") != kFormatName) throw root.bad("format", kFormatName, brief(root.at("format")));
  root.require_version(kCorpusVersion, "import it again");
  if (const std::string digest = json_checksum(document); root.text("checksum") != digest) {
    throw root.bad("checksum", digest, brief(root.at("checksum")));
  }
  CorpusHeader header;
  const JsonFields info = root.object("info");
  header.info = {.name = info.text("name"),
                 .source = info.text("source"),
                 .ties = info.text("ties"),
                 .seed = info.number("seed"),
                 .data_sha256 = info.text("data_sha256")};
  if (document["info"].contains("rating_scale")) header.info.rating_scale = rating_scale_in(info);
  header.info.user_keys = key_kind_in(document["info"], info, "user_keys");
  header.info.item_keys = key_kind_in(document["info"], info, "item_keys");
  const JsonFields counts = root.object("counts");
  // Ids are 32 bits, and the last value is left free to mean "none".
  header.users = counts.number("users", std::numeric_limits<UserId>::max() - 1);
  header.items = counts.number("items", std::numeric_limits<ItemId>::max() - 1);
  header.interactions = counts.number("interactions", std::uint64_t{1} << 40);
  for (const auto& node : root.list("columns")) {
    const JsonFields entry(node, where + ", field columns", ErrorSubject::kData);
    header.columns.push_back({.file = entry.text("file"),
                              .dtype = entry.text("dtype"),
                              .count = entry.number("count", std::uint64_t{1} << 48),
                              .bytes = entry.number("bytes", std::uint64_t{1} << 52),
                              .checksum = hexadecimal(entry, "xxh3")});
  }
  return header;
}

void require_replaceable_corpus(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (!fs::exists(folder, failure)) return;
  if (!fs::is_directory(folder, failure)) throw not_replaceable(folder);
  const std::set<std::string> own = files_of_corpus(folder);
  fs::directory_iterator entry(folder, failure);
  for (const fs::directory_iterator end; !failure && entry != end; entry.increment(failure)) {
    std::error_code unknown;
    const bool file = fs::is_regular_file(entry->symlink_status(unknown));
    if (!file || !own.contains(entry->path().filename().string())) throw not_replaceable(entry->path());
  }
  if (failure) {
    throw system_error("cannot read the folder", {.where = folder.string(), .got = failure.message()});
  }
}

}  // namespace p5
