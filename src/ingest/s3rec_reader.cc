#include "ingest/s3rec_reader.h"

#include <algorithm>
#include <set>

#include "p5/error.h"
#include "records/byte_source.h"
#include "records/field_parsing.h"
#include "records/input_files.h"
#include "records/json_record.h"
#include "records/line_source.h"
#include "records/text_encoding.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kAttributes = "_item2attributes.json";
constexpr std::uint64_t kLargestAttributes = std::uint64_t{64} << 20;  // parsed at once, in about ten times this

bool is_attributes(const fs::path& path) { return path.filename().string().ends_with(kAttributes); }
bool is_negatives(const fs::path& path) { return has_extension(path, {"_sample.txt"}); }
bool is_key(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

// Blanks before, between and after are skipped.
void split_blanks(std::string_view line, std::vector<std::string_view>& words) {
  words.clear();
  for (std::size_t begin = 0; (begin = line.find_first_not_of(" \t", begin)) != line.npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    begin = end;
  }
}

bool looks_like_sequences(const fs::path& path) {
  if (!has_extension(path, {".txt"}) || is_negatives(path)) return false;
  const auto lines = first_lines(path, 1);
  if (lines.empty() || lines[0].find('\t') != std::string::npos) return false;
  std::vector<std::string_view> words;
  split_blanks(lines[0], words);
  return words.size() >= 3 && std::all_of(words.begin(), words.end(), is_key);
}

void read_sequences(const fs::path& path, RecordSink& sink) {
  LineSource lines(path, sink);
  sink.use_columns({.roles = {{"user", "first word of a line"}, {"item", "further words, in time order"}}});
  std::string_view line;
  std::vector<std::string_view> words;
  Interaction record;
  while (lines.next(line)) {
    split_blanks(line, words);
    if (words.empty()) continue;
    const auto wrong = std::find_if_not(words.begin(), words.end(), is_key);
    if (wrong != words.end() || words.size() < 2) {
      lines.bad(words.size() < 2 ? "sequence: expected a user and items" : "sequence: expected whole numbers",
                wrong != words.end() ? *wrong : line);
      continue;
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      record.user = words[0];
      record.item = words[i];
      sink.interaction(record);
    }
  }
}

std::string read_whole(const fs::path& path) {
  ByteSource source(path);
  std::string text;
  for (std::size_t got = 1; got > 0;) {
    const std::size_t size = text.size();
    if (size > kLargestAttributes) {
      throw data_error("the attributes are too long",
                       {.where = path.string(), .expected = std::to_string(kLargestAttributes) + " bytes at most"});
    }
    text.resize(size + (std::size_t{1} << 18));
    got = source.read(text.data() + size, text.size() - size);
    text.resize(size + got);
  }
  return text;
}

// {"item": [attribute, ...], ...} in one document.
void read_attributes(const fs::path& path, RecordSink& sink) {
  JsonRecord document;
  sink.begin_file(path.string());
  const std::string text = read_whole(path);
  if (const char* reason = document.parse_copy(text)) {
    throw data_error("the attributes cannot be read",
                     {.where = path.string(), .expected = "one JSON object of lists", .got = reason});
  }
  for (const auto field : document.object()) {
    if (!field.value.is_array() || field.key.empty()) {
      sink.bad_line(path.string(), 1, "attributes: expected a list for each item", printable(field.key));
      continue;
    }
    ItemRecord item;
    item.key = field.key;
    std::vector<std::string> tokens;
    collect_texts(field.value, Markup::kPlain, tokens);
    if (!tokens.empty()) item.attributes.push_back({"attributes", std::move(tokens)});
    sink.item(item);
  }
  sink.progress(text.size(), 1);
}

}  // namespace

bool S3RecReader::recognizes(const std::vector<fs::path>& inputs) const {
  return !matching_files(inputs, [](const fs::path& path) {
            return is_attributes(path) || looks_like_sequences(path);
          }).empty();
}

void S3RecReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  std::set<fs::path> attributes;
  for (const auto& path : expand_inputs(inputs, looks_like_sequences, "sequences in a file NAME.txt")) {
    if (is_attributes(path)) {
      attributes.insert(path);
      continue;
    }
    if (is_negatives(path)) {
      throw usage_error("this holds negatives for ranking, not sequences",
                        {.where = path.string(), .expected = "NAME.txt"});
    }
    read_sequences(path, sink);
    const std::string name = data_name(path);
    const fs::path beside = path.parent_path() / (name.substr(0, name.rfind('.')) + std::string(kAttributes));
    std::error_code ignored;
    if (fs::exists(beside, ignored)) {
      if (attributes.insert(beside).second)
        sink.note(beside.string() + ": read too, it holds the attributes of these items");
    }
  }
  for (const auto& path : attributes) read_attributes(path, sink);
}

}  // namespace p5
