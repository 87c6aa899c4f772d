#include "ingest/dataset_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "ingest/amazon_reader.h"
#include "ingest/csv_reader.h"
#include "ingest/movielens_reader.h"
#include "ingest/reader_choices.h"
#include "ingest/recbole_reader.h"
#include "ingest/s3rec_reader.h"
#include "p5/error.h"
#include "records/byte_source.h"
#include "records/input_files.h"

namespace p5 {
namespace {

// The only list of formats, in the order in which they are tried: the most specific first.
std::vector<std::unique_ptr<DatasetReader>> all_readers(const ReaderOptions& options) {
  std::vector<std::unique_ptr<DatasetReader>> readers;
  readers.push_back(std::make_unique<AmazonReader>());
  readers.push_back(std::make_unique<MovieLensReader>(encoding_of(options).value_or(TextEncoding::kUtf8OrLatin1)));
  readers.push_back(std::make_unique<S3RecReader>());
  readers.push_back(std::make_unique<RecBoleReader>(options));
  readers.push_back(std::make_unique<CsvReader>(options));
  return readers;
}

// Bad values of text options fail here, before anything is read.
void check(const ReaderOptions& options) {
  separator_of(options);
  quotes_of(options);
  encoding_of(options);
  time_unit_of(options);
}

// A pipe has no name that shows its format, and can be read only once, by one reader.
void check_standard_input(const ReaderOptions& options, const std::vector<std::filesystem::path>& inputs) {
  auto uses = std::count_if(inputs.begin(), inputs.end(), is_standard_input);
  uses += std::count(options.item_files.begin(), options.item_files.end(), "-");
  if (uses > 0 && options.format != "csv") {
    throw usage_error("standard input can be read in one format only",
                      {.where = "-",
                       .expected = "--format csv, which reads csv, tsv and JSON lines",
                       .got = "--format " + options.format});
  }
  if (uses > 1) {
    throw usage_error("standard input can be read once only", {.where = "-", .got = fmt::format("{} times", uses)});
  }
}

}  // namespace

void ReaderOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kData);
  const std::string names = "csv: a name in the header, or a number from 1";
  table.add("import.format", &format,
            {.help = "format of the inputs; auto looks at names and first lines",
             .flag = "format",
             .choices = {"auto", "amazon", "movielens", "s3rec", "recbole", "csv"}});
  table.add("import.user_column", &user_column, {.help = "column of users; " + names, .flag = "user-column"});
  table.add("import.item_column", &item_column, {.help = "column of items; " + names, .flag = "item-column"});
  table.add("import.rating_column", &rating_column, {.help = "column of ratings; " + names, .flag = "rating-column"});
  table.add("import.time_column", &time_column, {.help = "column of event times; " + names, .flag = "time-column"});
  table.add("import.event_column", &event_column,
            {.help = "column of event types, empty for none; " + names, .flag = "event-column"});
  table.add("import.review_column", &review_column,
            {.help = "column of review texts, empty for none; " + names, .flag = "review-column"});
  table.add("import.headline_column", &headline_column,
            {.help = "column of review headlines, empty for none; " + names, .flag = "headline-column"});
  table.add("import.time_unit", &time_unit,
            {.help = "unit of times; auto tells seconds, milliseconds and ISO 8601 apart for each value",
             .flag = "time-unit",
             .choices = {"auto", "s", "ms", "iso"}});
  table.add("import.separator", &separator,
            {.help = "separator of csv and recbole files: auto, comma, tab, semicolon, pipe or one character",
             .flag = "separator"});
  table.add("import.quote", &quote,
            {.help = "quotes of csv and recbole files: none reads them as ordinary characters, pandas as pandas does",
             .flag = "quote",
             .choices = {"auto", "none", "pandas"}});
  table.add("import.encoding", &encoding,
            {.help = "encoding of movielens, csv and recbole files; auto is UTF-8, for movielens also Latin-1",
             .flag = "encoding",
             .choices = {"auto", "utf-8", "latin-1"}});
  table.add("import.header", &header, {.help = "csv: the first line names the columns", .flag = "header"});
  table.add("import.item_files", &item_files,
            {.help = "csv: tables of items, with the item column as key", .flag = "item-files"});
}

std::unique_ptr<DatasetReader> make_dataset_reader(const ReaderOptions& options,
                                                   const std::vector<std::filesystem::path>& inputs) {
  check(options);
  check_standard_input(options, inputs);
  matching_files(inputs, [](const std::filesystem::path&) { return false; });  // throws for a missing input
  std::string known;
  for (auto& reader : all_readers(options)) {
    if (options.format == "auto" ? reader->recognizes(inputs) : reader->format() == options.format) {
      return std::move(reader);
    }
    known.append(known.empty() ? "" : ", ").append(reader->format());
  }
  if (options.format != "auto") {
    throw usage_error("unknown format", {.expected = "auto, " + known, .got = "'" + options.format + "'"});
  }
  throw usage_error("the format of the inputs is not recognised",
                    {.where = inputs.empty() ? std::string() : inputs.front().string(),
                     .expected = "--format, one of " + known,
                     .got = inputs.empty() ? "no input" : ""});
}

}  // namespace p5
