#include "ingest/mind_reader.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "ingest/table_reader.h"
#include "p5/error.h"
#include "records/input_files.h"
#include "records/line_source.h"
#include "records/text_encoding.h"
#include "records/time_format.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using Columns = std::vector<std::string_view>;

const TimeFormat& mind_times() {
  static const TimeFormat kFormat = TimeFormat::of_pattern("%m/%d/%Y %I:%M:%S %p");
  return kFormat;
}

bool is_impression(std::string_view text) {
  return text.size() > 2 && (text.ends_with("-0") || text.ends_with("-1") || text.starts_with('N'));
}

// impression id, user, time, history, impressions
bool looks_like_behaviors(const fs::path& path) {
  const auto lines = first_lines(path, 1);
  Columns columns;
  if (lines.empty()) return false;
  split_fields(lines[0], '\t', columns);
  return columns.size() == 5 && mind_times().parse(columns[2]) && is_impression(columns[4]);
}

// news id, category, subcategory, title, abstract, url, entities of both
bool looks_like_news(const fs::path& path) {
  const auto lines = first_lines(path, 1);
  Columns columns;
  if (lines.empty()) return false;
  split_fields(lines[0], '\t', columns);
  return columns.size() == 8 && columns[0].starts_with('N') &&
         (columns[6].starts_with('[') || columns[7].starts_with('['));
}

bool may_be_mind(const fs::path& path) { return has_extension(path, {".tsv"}); }
bool is_mind(const fs::path& path) {
  return may_be_mind(path) && (looks_like_behaviors(path) || looks_like_news(path));
}

class MindFile {
 public:
  MindFile(const fs::path& path, std::unordered_map<std::string, std::vector<std::string>>& sequences, RecordSink& sink)
      : lines_(path, sink), sequences_(sequences), sink_(sink) {}

  void read_behaviors() {
    sink_.use_columns({.roles = {{"user", "column 2"},
                                 {"time", "column 3"},
                                 {"earlier items", "column 4"},
                                 {"item", "column 5, clicked"}}});
    each_line(5, [this] { return take_impression(); });
  }

  void read_news() {
    sink_.use_columns({.roles = {{"key", "column 1"},
                                 {"category", "columns 2 and 3"},
                                 {"title", "column 4"},
                                 {"description", "column 5"}},
                       .attributes = {"url"},
                       .ignored = {"columns 7 and 8 (entities)"}});
    each_line(8, [this] { return take_news(); });
  }

 private:
  template <typename Take>
  void each_line(std::size_t count, Take take) {
    std::string_view line;
    std::string scratch;
    while (lines_.next(line)) {
      if (line.empty()) continue;
      const char* reason = nullptr;
      if (!decode_line(line, TextEncoding::kUtf8, scratch)) {
        reason = "text: expected UTF-8";
      } else {
        split_fields(line, '\t', columns_);
        if (columns_.size() != count) reason = count == 5 ? "columns: expected 5" : "columns: expected 8";
      }
      if (reason == nullptr) reason = take();
      if (reason != nullptr)
        lines_.bad(reason, columns_.empty() ? line : columns_[std::min(bad_, columns_.size() - 1)]);
    }
  }

  const char* take_impression() {
    const auto time = mind_times().parse(columns_[2]);
    bad_ = 2;
    if (!time) return "time: expected month/day/year hour:minute:second AM or PM";
    bad_ = 1;
    if (columns_[1].empty()) return "user: expected a text";
    const std::string user(columns_[1]);
    std::vector<std::string>& sequence = sequences_[user];
    sink_.earlier(true);
    for (std::string& item : continue_sequence(sequence, split_words(columns_[3], ' '))) {
      Interaction before{.user = user, .item = std::move(item), .event = "click"};
      sink_.interaction(before);
    }
    sink_.earlier(false);
    for (const std::string& shown : split_words(columns_[4], ' ')) {
      if (!shown.ends_with("-1")) continue;
      Interaction click{.user = user, .item = shown.substr(0, shown.size() - 2), .time_ms = *time, .event = "click"};
      sink_.interaction(click);
    }
    return nullptr;
  }

  const char* take_news() {
    bad_ = 0;
    if (columns_[0].empty()) return "item: expected a text";
    ItemRecord item{
        .key = std::string(columns_[0]), .title = std::string(columns_[3]), .description = std::string(columns_[4])};
    for (const std::size_t i : {1, 2}) {
      if (!columns_[i].empty()) item.categories.emplace_back(columns_[i]);
    }
    if (!columns_[5].empty()) item.attributes.push_back({"url", std::string(columns_[5])});
    sink_.item(item);
    return nullptr;
  }

  LineSource lines_;
  std::unordered_map<std::string, std::vector<std::string>>& sequences_;
  RecordSink& sink_;
  Columns columns_;
  std::size_t bad_ = 0;  // column of the last bad cell
};

}  // namespace

bool MindReader::recognizes(const std::vector<fs::path>& inputs) const {
  const auto files = matching_files(inputs, may_be_mind);
  return std::any_of(files.begin(), files.end(), [](const fs::path& path) { return looks_like_behaviors(path); });
}

void MindReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  std::unordered_map<std::string, std::vector<std::string>> sequences;
  for (const auto& path : expand_inputs(inputs, is_mind, "behaviors.tsv and news.tsv")) {
    if (looks_like_news(path)) {
      MindFile(path, sequences, sink).read_news();
    } else if (looks_like_behaviors(path)) {
      MindFile(path, sequences, sink).read_behaviors();
    } else {
      throw data_error("this is no file of MIND", {.where = path.string(), .expected = "behaviors.tsv or news.tsv"});
    }
  }
}

}  // namespace p5
