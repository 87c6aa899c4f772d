#include "ingest/csv_reader.h"

#include <algorithm>
#include <memory>

#include "ingest/json_table.h"
#include "ingest/reader_choices.h"
#include "ingest/table_reader.h"
#include "p5/error.h"
#include "records/byte_source.h"
#include "records/input_files.h"
#include "records/table_sniffer.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

bool is_table(const fs::path& path) {
  return has_extension(path, {".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".psv"});
}

bool is_json(const fs::path& path, std::string_view first_line) {
  return has_extension(path, {".jsonl", ".ndjson", ".json"}) || first_line.starts_with('{') ||
         first_line.starts_with("[{") || first_line == "[";
}

// The name of the last folder of a zip file's input is not one on disk.
bool is_folder(const fs::path& path) {
  std::error_code failure;
  return fs::is_directory(path, failure) || is_zip(path);
}

enum class Given { kAsInput, kInFolder, kAsItems, kAsUsers };

void read_json(LineSource& lines, Given given, const ReaderOptions& options, RecordSink& sink) {
  switch (given) {
    case Given::kAsItems:
      return read_json_items(lines, options, sink);
    case Given::kAsUsers:
      return read_json_users(lines, options, sink);
    case Given::kAsInput:
    case Given::kInFolder:
      read_json_interactions(lines, options, sink);
  }
}

void read_table(const fs::path& path, Given given, const ReaderOptions& options, RecordSink& sink) {
  auto lines = std::make_unique<LineSource>(path, sink);
  if (is_json(path, trimmed(lines->first_line()))) return read_json(*lines, given, options, sink);
  const DelimitedOptions delimited =
      look_at_table(lines->head(), {.separator = separator_of(options),
                                    .quotes = quotes_of(options),
                                    .encoding = encoding_of(options),
                                    .usual = has_extension(path, {".tsv"}) ? '\t' : ','});
  const auto header = options.header ? TableReader::Header::kNames : TableReader::Header::kNone;
  TableReader table(std::move(lines), delimited, header, options, sink);
  const TableHolds holds = given == Given::kAsItems   ? TableHolds::kItems
                           : given == Given::kAsUsers ? TableHolds::kUsers
                                                      : table.holds();
  switch (holds) {
    case TableHolds::kItems:
      return table.read_items();
    case TableHolds::kUsers:
      return table.read_users();
    case TableHolds::kNothing:
      if (given == Given::kInFolder) return sink.note(path.string() + ": passed over, no column of users or items");
      break;
    case TableHolds::kInteractions:
      break;
  }
  table.read_interactions();
}

std::vector<fs::path> paths_of(const std::vector<std::string>& files) { return {files.begin(), files.end()}; }

// A file of any name that somebody gives may hold a table.
bool looks_readable(const fs::path& path) {
  if (is_table(path)) return true;
  if (is_standard_input(path) || is_folder(path)) return false;
  const auto lines = first_lines(path, 200);
  std::string head;
  for (const auto& line : lines) head.append(line).append("\n");
  return looks_like_table(head) || (!lines.empty() && lines[0].starts_with('{'));
}

}  // namespace

bool CsvReader::recognizes(const std::vector<fs::path>& inputs) const {
  return !matching_files(inputs, looks_readable).empty();
}

void CsvReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  constexpr std::string_view kWanted = "*.csv, *.tsv or *.jsonl, plain or .gz";
  const auto read_tables = [&](const std::vector<fs::path>& tables, Given given) {
    for (const auto& path : expand_inputs(tables, is_table, kWanted)) read_table(path, given, options_, sink);
  };
  const std::vector<fs::path> items = paths_of(options_.item_files), users = paths_of(options_.user_files);
  read_tables(items, Given::kAsItems);
  read_tables(users, Given::kAsUsers);
  const auto is_read = [&](const fs::path& path) {
    return std::find(items.begin(), items.end(), path) != items.end() ||
           std::find(users.begin(), users.end(), path) != users.end();
  };
  for (const auto& input : inputs) {
    const Given given = is_folder(input) ? Given::kInFolder : Given::kAsInput;
    for (const auto& path : expand_inputs({input}, is_table, kWanted)) {
      if (!is_read(path)) read_table(path, given, options_, sink);
    }
  }
}

}  // namespace p5
