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
  std::string format = "auto";       // auto | amazon | movielens | s3rec | recbole | csv
  std::string user_column = "user";  // csv, tsv, jsonl: names in the header, or numbers from 1
  std::string item_column = "item";
  std::string rating_column = "rating";
  std::string time_column = "timestamp";
  std::string event_column = {}, review_column = {}, headline_column = {};  // empty: not read
  std::string time_unit = "auto";                                           // auto | s | ms | iso
  std::string separator = "auto";            // auto | comma | tab | semicolon | pipe | one character
  std::string quote = "auto";                // auto | none | pandas
  std::string encoding = "auto";             // auto | utf-8 | latin-1
  bool header = true;                        // csv, tsv: the first line names the columns
  std::vector<std::string> item_files = {};  // csv, tsv, jsonl item tables (key column = item_column)

  void bind(OptionTable& table);
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
