#include "explain/explanation_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/utf8.h"
#include "p5/error.h"
#include "records/delimited_source.h"
#include "records/field_parsing.h"
#include "records/json_record.h"
#include "records/record_sink.h"
#include "text/plain_words.h"

namespace p5 {
namespace {

constexpr std::size_t kKeptExamples = 20;

enum Field : std::size_t { kUser, kItem, kFeature, kSentence, kFields };
using Record = std::array<std::string_view, kFields>;

// The first name is the one that messages give.
const std::array<std::vector<std::string_view>, kFields>& names_of_fields() {
  static const std::array<std::vector<std::string_view>, kFields> names = {
      {{"user", "user_id", "userid", "reviewerid"},
       {"item", "item_id", "itemid", "asin", "business_id", "parent_asin"},
       {"feature", "feature_word", "aspect", "keyword"},
       {"sentence", "explanation", "text", "template"}}};
  return names;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::optional<Field> field_named(std::string_view name) {
  const std::string plain = lower(trimmed(name));
  for (std::size_t field = 0; field < kFields; ++field) {
    const auto& names = names_of_fields()[field];
    if (std::find(names.begin(), names.end(), plain) != names.end()) return static_cast<Field>(field);
  }
  return std::nullopt;
}

// Single blanks, none at the ends.
std::string single_blanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    if (!blank) out += c;
    if (blank && !out.empty() && out.back() != ' ') out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// Takes records and counts what is wrong with lines.
class ListBuilder final : public RecordSink {
 public:
  explicit ListBuilder(const Corpus& corpus) : corpus_(corpus) {}

  void interaction(Interaction&) override {}
  void item(ItemRecord&) override {}
  void user(UserRecord&) override {}
  void progress(std::uint64_t, std::uint64_t) override {}
  void bad_line(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view got) override {
    ++list_.bad_lines;
    if (list_.examples.size() >= kKeptExamples) return;
    std::string shown(utf8_prefix(got, 80));
    repair_utf8(shown);
    list_.examples.push_back(fmt::format("{}:{}: {}, got '{}'", file, line, reason, shown));
  }

  // nullptr, or what is wrong with the record.
  const char* take(const Record& record, std::string_view& got) {
    const std::string feature = single_blanks(record[kFeature]), sentence = single_blanks(record[kSentence]);
    got = record[kFeature];
    if (plain_words(feature).empty()) return "feature: expected a word";
    if (feature.size() > kLongestFeature) return "feature: expected at most 200 bytes";
    got = record[kSentence];
    if (plain_words(sentence).empty()) return "sentence: expected words";
    if (sentence.size() > kLongestSentence) return "sentence: expected at most 4000 bytes";
    if (!is_utf8(feature) || !is_utf8(sentence)) return "text: expected UTF-8";
    const auto interaction = find(trimmed(record[kUser]), trimmed(record[kItem]));
    if (interaction) {
      list_.explanations.push_back({.interaction = *interaction, .feature = feature, .sentence = sentence});
    } else {
      ++list_.unknown_pairs;
    }
    return nullptr;
  }

  void count_line() { ++list_.lines; }
  ExplanationList finish() { return std::move(list_); }

 private:
  std::optional<std::size_t> find(std::string_view user_key, std::string_view item_key) const {
    const auto user = corpus_.find_user(user_key);
    const auto item = corpus_.catalog().find(item_key);
    if (!user || !item) return std::nullopt;
    const auto items = corpus_.items_of(*user);
    const auto found = std::find(items.begin(), items.end(), *item);
    if (found == items.end()) return std::nullopt;
    return corpus_.range_of(*user).begin + static_cast<std::size_t>(found - items.begin());
  }

  const Corpus& corpus_;
  ExplanationList list_;
};

std::array<std::size_t, kFields> columns_of(const std::vector<std::string_view>& header, const std::string& where) {
  constexpr auto kMissing = static_cast<std::size_t>(-1);
  std::array<std::size_t, kFields> columns;
  columns.fill(kMissing);
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto field = field_named(header[i]);
    if (field && columns[*field] == kMissing) columns[*field] = i;
  }
  for (std::size_t field = 0; field < kFields; ++field) {
    if (columns[field] != kMissing) continue;
    std::string got = fmt::format("{}", fmt::join(header, ", "));
    throw data_error(fmt::format("no column '{}'", names_of_fields()[field].front()),
                     {.where = where,
                      .expected = "a header with user, item, feature and sentence",
                      .got = std::string(utf8_prefix(got, 120))});
  }
  return columns;
}

void read_table(const std::filesystem::path& path, const DelimitedOptions& options, ListBuilder& list) {
  DelimitedSource source(path, options, list);
  std::vector<std::string_view> row;
  if (!source.next(row)) {
    throw data_error("an empty list of explanations",
                     {.where = source.file(), .expected = "a header with user, item, feature and sentence"});
  }
  const auto columns = columns_of(row, fmt::format("{}:{}", source.file(), source.line_number()));
  const std::size_t width = *std::max_element(columns.begin(), columns.end()) + 1;
  while (source.next(row)) {
    list.count_line();
    if (row.size() < width) {
      source.bad("columns: expected as many as the header has", std::to_string(row.size()));
      continue;
    }
    Record record;
    for (std::size_t field = 0; field < kFields; ++field) record[field] = row[columns[field]];
    std::string_view got;
    if (const char* reason = list.take(record, got)) source.bad(reason, got);
  }
}

void read_json_lines(const std::filesystem::path& path, ListBuilder& list) {
  LineSource lines(path, list);
  JsonRecord json;
  std::array<std::string, kFields> scratch;
  std::string_view line;
  while (lines.next(line)) {
    if (trimmed(line).empty()) continue;
    list.count_line();
    if (const char* reason = json.parse(line)) {
      lines.bad(reason, line);
      continue;
    }
    Record record;
    for (const auto& [key, value] : json.object()) {
      const auto field = field_named(key);
      if (!field || !record[*field].empty()) continue;
      if (const auto text = text_of(value, scratch[*field])) record[*field] = *text;
    }
    std::string_view got;
    if (const char* reason = list.take(record, got)) lines.bad(reason, got);
  }
}

std::string kind_of(const std::filesystem::path& path) {
  std::filesystem::path name = path.filename();
  if (lower(name.extension().string()) == ".gz") name = name.stem();
  return lower(name.extension().string());
}

}  // namespace

ExplanationList read_explanations(const std::filesystem::path& path, const Corpus& corpus) {
  ListBuilder list(corpus);
  const std::string kind = kind_of(path);
  if (kind == ".jsonl" || kind == ".ndjson" || kind == ".json") {
    read_json_lines(path, list);
  } else if (kind == ".tsv") {
    read_table(path, {.separator = '\t', .quotes = QuoteMode::kNone}, list);
  } else {
    read_table(path, {}, list);
  }
  return list.finish();
}

std::string explanation_json(const Explanation& explanation, const Corpus& corpus) {
  nlohmann::ordered_json json = {{"user", corpus.user_key(corpus.users()[explanation.interaction])},
                                 {"item", corpus.catalog().key(corpus.items()[explanation.interaction])},
                                 {"feature", explanation.feature},
                                 {"sentence", explanation.sentence}};
  if (!explanation.opinion.empty()) json["opinion"] = explanation.opinion;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace p5
