// One class per source format, in one list. Readers stream: memory does not grow with the input.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "records/record_sink.h"

namespace p5 {

// Options of the readers; rows import.* (format, columns, quoting...).
struct ReaderOptions {
  std::string format = "auto";       // auto, or the format() of a reader
  std::string user_column = "user";  // csv, tsv, jsonl: names in the header, or numbers from 1
  std::string item_column = "item";
  std::string rating_column = "rating";
  std::string time_column = "timestamp";
  std::string event_column = "event", review_column = "review", headline_column = "headline";  // empty: not read
  std::string time_unit = "auto";            // auto | s | ms | us | ns | iso
  std::string time_format = {};              // pattern of strptime; empty: as time_unit says
  std::string separator = "auto";            // auto | comma | tab | semicolon | pipe | blank | one character
  std::string quote = "auto";                // auto | none | rfc4180 | pandas
  std::string encoding = "auto";             // auto | utf-8 | latin-1 | cp1252
  std::string query = {};                    // databases: a SELECT, where an address names no table
  bool header = true;                        // csv, tsv: the first line names the columns
  std::vector<std::string> item_files = {};  // csv, tsv, jsonl item tables
  std::vector<std::string> user_files = {};  // the same of users
  // Columns of item and user tables; empty: the usual names, and for keys those of the log.
  std::string item_key_column = {}, title_column = {}, brand_column = {}, description_column = {}, price_column = {},
              category_column = {}, user_key_column = {}, name_column = {};

  // Whether somebody named a column: then the inputs are tables, whatever else they look like.
  bool names_columns() const;

  void bind(OptionTable& table);

 private:
  void bind_tables(const OptionBinder& table);
};

class DatasetReader {
 public:
  virtual ~DatasetReader() = default;
  virtual std::string format() const = 0;
  // Whether the inputs look like this format (names and first lines). Cheap.
  virtual bool recognizes(const std::vector<std::filesystem::path>& inputs) const = 0;
  // Reads every input (files or folders) into the sink.
  virtual void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const = 0;
  // Whether events have times: false for formats without times, whose file order is kept.
  virtual bool has_times() const { return true; }
};

// The reader named by options.format, or the first that recognises the inputs. Throws InvalidArgument with the list of
// formats, or NotFound for a missing input.
std::unique_ptr<DatasetReader> make_dataset_reader(const ReaderOptions& options,
                                                   const std::vector<std::filesystem::path>& inputs);

}  // namespace p5
