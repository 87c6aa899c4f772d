// Reads one table (csv, tsv, RecBole's atomic files, rows of a database) as interactions, items or users, with columns
// by their names. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ingest/column_roles.h"
#include "ingest/dataset_reader.h"
#include "p5/error.h"
#include "records/delimited_source.h"
#include "records/line_source.h"

namespace p5 {

// What a table holds, by its columns: a user and an item make an event; one of them alone is its key.
enum class TableHolds { kInteractions, kItems, kUsers, kNothing };

class TableReader {
 public:
  enum class Header { kNames, kTypedNames, kNone };  // typed: every column as RecBole's "name:type"

  // Reads the header. Throws a data error for a bad one.
  TableReader(std::unique_ptr<LineSource> lines, const DelimitedOptions& delimited, Header header,
              const ReaderOptions& options, RecordSink& sink);
  // The same for rows that come from elsewhere, the first of which has the names. `sample`: some of the first rows,
  // names included, which tell how times are written.
  TableReader(std::unique_ptr<RowSource> rows, std::vector<std::vector<std::string>> sample,
              const ReaderOptions& options, RecordSink& sink);

  // By the usual names, or those that the options give. kInteractions for a table without a header.
  TableHolds holds() const;
  // Throw a data error when a needed column is missing.
  void read_interactions();
  void read_items();
  void read_users();

 private:
  Error missing_column(const RoleNames& role) const;
  std::size_t require(const RoleNames& role) const;
  InteractionColumns interaction_columns();
  void guess_columns(InteractionColumns& columns) const;
  TimeFormat time_format_of(std::size_t column) const;
  void report_interactions(const InteractionColumns& columns);
  void report_table(const RoleNames& role, std::size_t key);

  std::string separated() const;
  std::string suggestion(std::string_view text) const;
  void read_header();
  bool next_row();
  void take_row(const InteractionColumns& columns, Interaction& record);
  void take_list(const InteractionColumns& columns, Interaction& record);
  void warn_of_quotes() const;

  const ReaderOptions& options_;
  std::optional<DelimitedOptions> delimited_;  // of rows that come from lines
  Header header_;
  std::vector<std::vector<std::string>> sample_;  // the first records, header included
  std::unique_ptr<RowSource> table_;
  RecordSink& sink_;
  std::vector<std::string_view> row_;
  bool pending_ = false;  // row_ is a first row of data
  std::vector<Column> columns_;
  std::string wrong_count_;
  std::unordered_map<std::string, std::vector<std::string>> sequences_;  // of users, where rows hold lists
};

// The items of `row` that the user's sequence does not end with already: rows of one user repeat what earlier ones
// held. Adds them to the sequence.
std::vector<std::string> continue_sequence(std::vector<std::string>& sequence, std::vector<std::string> row);

}  // namespace p5
