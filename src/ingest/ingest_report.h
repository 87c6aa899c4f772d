// What an import read, used, dropped and why. A plain value.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "corpus/rating_scale.h"
#include "records/record_sink.h"

namespace p5 {

struct BadLine {
  std::string file;
  std::uint64_t line = 0;  // from 1
  std::string reason;      // names field, expected and got
};

struct InputReport {
  std::string file;
  std::uint64_t interactions = 0, items = 0, users = 0, bad_lines = 0;  // delivered by the reader
  ColumnUse columns;
};

struct IngestReport {
  std::string format;
  std::vector<InputReport> files;        // in the order in which they were read
  std::vector<std::string> passed_over;  // files of the input folders that nobody read
  std::vector<std::string> notes;        // whole sentences
  std::uint64_t lines = 0;               // lines (or records) read from all inputs
  std::uint64_t bytes = 0;               // uncompressed
  std::uint64_t bad_lines = 0;           // counted in full; the first kKeptBadLines are kept below
  std::vector<BadLine> examples;
  std::map<std::string, std::uint64_t> bad_reasons;     // short reason -> count
  std::uint64_t duplicates = 0;                         // interactions dropped as duplicates
  std::uint64_t below_core = 0;                         // interactions dropped by the k-core
  std::uint64_t below_rating = 0;                       // interactions dropped by the minimum rating
  std::map<std::string, std::uint64_t> other_events;    // dropped by import.events: type -> count
  std::map<std::string, std::uint64_t> events;          // kept ones by type, where the source has types
  std::map<std::string, double> weights;                // of types, where import.weights gives some
  std::uint64_t item_rows = 0, user_rows = 0;           // distinct keys of item and user tables
  std::uint64_t unused_items = 0;                       // item rows that the corpus does not hold
  std::uint64_t unused_users = 0;                       // user rows without a kept interaction
  std::uint64_t items_without_events = 0;               // item rows that no interaction names
  std::uint64_t kept_without_events = 0;                // those that the corpus holds
  std::uint64_t described_items = 0, titled_items = 0;  // items with events that have a row, and a title
  std::uint64_t ties = 0;                               // interactions that share user and time with another
  bool shuffled_ties = false, has_times = false;
  bool given_split = false;                              // the inputs are parts of a split
  std::array<std::uint64_t, 3> part_events{};            // train, validation and test of it
  std::uint64_t users = 0, items = 0, interactions = 0;  // what the corpus holds
  std::optional<RatingScale> rating_scale = {};          // of the corpus; none without ratings
  std::uint64_t off_scale = 0;                           // ratings that are not on it, taken as the nearest that is
  double seconds = 0;

  static constexpr std::size_t kKeptBadLines = 100;
};

}  // namespace p5
