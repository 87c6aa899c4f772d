#include "ingest/dataset_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "ingest/amazon_reader.h"
#include "ingest/check_in_reader.h"
#include "ingest/csv_reader.h"
#include "ingest/last_fm_reader.h"
#include "ingest/mind_reader.h"
#include "ingest/movielens_reader.h"
#include "ingest/reader_choices.h"
#include "ingest/recbole_reader.h"
#include "ingest/s3rec_reader.h"
#include "ingest/sql_reader.h"
#include "ingest/steam_reader.h"
#include "ingest/taobao_reader.h"
#include "ingest/yelp_reader.h"
#include "p5/error.h"
#include "records/byte_source.h"
#include "records/input_files.h"
#include "records/time_format.h"

namespace p5 {
namespace {

// The only list of formats, in the order in which they are tried: the most specific first.
std::vector<std::unique_ptr<DatasetReader>> all_readers(const ReaderOptions& options) {
  std::vector<std::unique_ptr<DatasetReader>> readers;
  readers.push_back(std::make_unique<SqlReader>(options));
  readers.push_back(std::make_unique<AmazonReader>());
  readers.push_back(std::make_unique<MovieLensReader>(encoding_of(options).value_or(TextEncoding::kUtf8OrLatin1)));
  readers.push_back(std::make_unique<MindReader>());
  readers.push_back(std::make_unique<YelpReader>());
  readers.push_back(std::make_unique<SteamReader>());
  readers.push_back(std::make_unique<LastFmReader>());
  readers.push_back(std::make_unique<TaobaoReader>());
  readers.push_back(std::make_unique<CheckInReader>());
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
  if (!options.time_format.empty()) TimeFormat::of_pattern(options.time_format);
}

bool honours_columns(const DatasetReader& reader) {
  return reader.format() == "recbole" || reader.format() == "csv" || reader.format() == "sql";
}

// Folders that p5 wrote hold JSON, too.
void check_not_written_by_p5(const std::vector<std::filesystem::path>& inputs) {
  for (const auto& input : inputs) {
    std::error_code failure;
    for (const auto& [mark, what] : {std::pair("interaction.user.u32", "a corpus"), std::pair("run.json", "a run")}) {
      if (!std::filesystem::exists(input / mark, failure)) continue;
      throw usage_error(fmt::format("this is {} already", what),
                        {.where = input.string(), .expected = "files to import"});
    }
  }
}

// A file that no reader can open says what it is, before anybody wonders about its format.
void check_compression(const std::vector<std::filesystem::path>& inputs) {
  for (const auto& input : inputs) {
    std::error_code failure;
    if (std::filesystem::is_regular_file(input, failure) && !is_zip(input)) ByteSource opened(input);
  }
}

Error unrecognised(const std::vector<std::filesystem::path>& inputs, const std::string& known) {
  const std::filesystem::path first = inputs.empty() ? std::filesystem::path() : inputs.front();
  std::error_code failure;
  if (is_zip(first)) {
    const auto members = zip_members(first);
    const bool workbook = std::any_of(members.begin(), members.end(),
                                      [](const ZipMember& member) { return member.name.starts_with("xl/"); });
    if (workbook) {
      return usage_error("this is an Excel workbook",
                         {.where = first.string(), .expected = "a text file: save the sheet as CSV UTF-8"});
    }
  }
  if (std::filesystem::is_regular_file(first, failure) && std::filesystem::file_size(first, failure) == 0) {
    return data_error("the file is empty", {.where = first.string()});
  }
  return usage_error(
      "the format of the inputs is not recognised",
      {.where = first.string(), .expected = "--format, one of " + known, .got = inputs.empty() ? "no input" : ""});
}

// A pipe has no name that shows its format, and can be read only once, by one reader.
void check_standard_input(const ReaderOptions& options, const std::vector<std::filesystem::path>& inputs) {
  auto uses = std::count_if(inputs.begin(), inputs.end(), is_standard_input);
  uses += std::count(options.item_files.begin(), options.item_files.end(), "-");
  uses += std::count(options.user_files.begin(), options.user_files.end(), "-");
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

bool ReaderOptions::names_columns() const {
  static const ReaderOptions kUsual;
  return user_column != kUsual.user_column || item_column != kUsual.item_column ||
         rating_column != kUsual.rating_column || time_column != kUsual.time_column ||
         event_column != kUsual.event_column || review_column != kUsual.review_column ||
         headline_column != kUsual.headline_column;
}

void ReaderOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kData);
  const std::string names = "csv, recbole: a name in the header, a number from 1, or a path in JSON (customer.id)";
  table.add("import.format", &format,
            {.help = "format of the inputs; auto looks at names and first lines",
             .flag = "format",
             .choices = {"auto", "amazon", "movielens", "mind", "yelp", "steam", "lastfm", "taobao", "gowalla", "s3rec",
                         "recbole", "csv", "sql"}});
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
            {.help = "unit of times; auto finds it from the data",
             .flag = "time-unit",
             .choices = {"auto", "s", "ms", "us", "ns", "iso"}});
  table.add("import.time_format", &time_format,
            {.help = "how times are written, as strptime: \"%d.%m.%Y %H:%M\"; empty: found from the data",
             .flag = "time-format"});
  table.add("import.separator", &separator,
            {.help = "separator of csv and recbole files: auto, comma, tab, semicolon, pipe, blank or one character",
             .flag = "separator"});
  table.add("import.quote", &quote,
            {.help = "quotes of csv and recbole files: none reads them as ordinary characters, pandas as pandas does",
             .flag = "quote",
             .choices = {"auto", "none", "rfc4180", "pandas"}});
  table.add("import.encoding", &encoding,
            {.help = "encoding of movielens, csv and recbole files; auto finds UTF-8 or cp1252 from the beginning, for "
                     "movielens UTF-8 or Latin-1 line by line",
             .flag = "encoding",
             .choices = {"auto", "utf-8", "latin-1", "cp1252"}});
  table.add(
      "import.query", &query,
      {.help = "sql: what is read of the database, a SELECT; empty: the address names a table, or there is one only",
       .flag = "query"});
  table.add("import.header", &header, {.help = "csv: the first line names the columns", .flag = "header"});
  bind_tables(table);
}

void ReaderOptions::bind_tables(const OptionBinder& table) {
  table.add("import.item_files", &item_files, {.help = "csv: tables of items", .flag = "item-files"});
  table.add("import.user_files", &user_files, {.help = "csv: tables of users", .flag = "user-files"});
  const std::string usual = "; empty: the usual names";
  table.add("import.item_key_column", &item_key_column,
            {.help = "item tables: column of the item's id; empty: the item column of the log, or id",
             .flag = "item-key-column"});
  table.add("import.title_column", &title_column, {.help = "item tables: titles" + usual, .flag = "title-column"});
  table.add("import.brand_column", &brand_column, {.help = "item tables: brands" + usual, .flag = "brand-column"});
  table.add("import.description_column", &description_column,
            {.help = "item tables: descriptions" + usual, .flag = "description-column"});
  table.add("import.price_column", &price_column, {.help = "item tables: prices" + usual, .flag = "price-column"});
  table.add("import.category_column", &category_column,
            {.help = "item tables: categories, one or a list" + usual, .flag = "category-column"});
  table.add("import.user_key_column", &user_key_column,
            {.help = "user tables: column of the user's id; empty: the user column of the log, or id",
             .flag = "user-key-column"});
  table.add("import.name_column", &name_column, {.help = "user tables: names of users" + usual, .flag = "name-column"});
}

std::unique_ptr<DatasetReader> make_dataset_reader(const ReaderOptions& options,
                                                   const std::vector<std::filesystem::path>& inputs) {
  check(options);
  check_standard_input(options, inputs);
  const bool asks_database = names_a_database(options, inputs);
  if (!options.query.empty() && !asks_database) {
    throw usage_error("a query without a database",
                      {.where = "--query", .expected = "an input such as sqlite:shop.db"});
  }
  if (!asks_database) {
    matching_files(inputs, [](const std::filesystem::path&) { return false; });  // throws for a missing input
    check_not_written_by_p5(inputs);
    check_compression(inputs);
  }
  std::string known;
  for (auto& reader : all_readers(options)) {
    const bool fits = honours_columns(*reader) || !options.names_columns();
    if (options.format == "auto" ? fits && reader->recognizes(inputs) : reader->format() == options.format) {
      return std::move(reader);
    }
    known.append(known.empty() ? "" : ", ").append(reader->format());
  }
  if (options.format != "auto") {
    throw usage_error("unknown format", {.expected = "auto, " + known, .got = "'" + options.format + "'"});
  }
  throw unrecognised(inputs, known);
}

}  // namespace p5
