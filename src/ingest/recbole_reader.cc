#include "ingest/recbole_reader.h"

#include <memory>

#include "ingest/reader_choices.h"
#include "ingest/table_reader.h"
#include "p5/error.h"
#include "records/input_files.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

bool is_atomic_file(const fs::path& path) { return has_extension(path, {".inter", ".item", ".user"}); }

TableReader open_atomic_file(const fs::path& path, const ReaderOptions& options, RecordSink& sink) {
  const DelimitedOptions delimited{.separator = separator_of(options).value_or('\t'),
                                   .quotes = quotes_of(options).value_or(QuoteMode::kPandas),
                                   .encoding = encoding_of(options).value_or(TextEncoding::kUtf8)};
  return {std::make_unique<LineSource>(path, sink), delimited, TableReader::Header::kTypedNames, options, sink};
}

bool looks_like_recbole(const fs::path& path) {
  if (is_atomic_file(path)) return true;
  const auto lines = first_lines(path, 1);
  return !lines.empty() && lines[0].find("user_id:token") != std::string::npos;
}

}  // namespace

bool RecBoleReader::recognizes(const std::vector<fs::path>& inputs) const {
  return !matching_files(inputs, looks_like_recbole).empty();
}

void RecBoleReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  for (const auto& path : expand_inputs(inputs, is_atomic_file, "NAME.inter, NAME.item or NAME.user")) {
    if (has_extension(path, {".kg", ".link", ".net"})) {
      throw usage_error("files of knowledge graphs and networks are not read",
                        {.where = path.string(), .expected = "NAME.inter, NAME.item or NAME.user"});
    }
    TableReader table = open_atomic_file(path, options_, sink);
    if (has_extension(path, {".item"})) {
      table.read_items();
    } else if (has_extension(path, {".user"})) {
      table.read_users();
    } else {
      table.read_interactions();
    }
  }
}

}  // namespace p5
