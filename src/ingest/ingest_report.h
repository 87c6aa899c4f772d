// What an import read, dropped and why. A plain value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace p5 {

struct BadLine {
  std::string file;
  std::uint64_t line = 0;  // from 1
  std::string reason;      // names field, expected and got
};

struct IngestReport {
  std::string format;
  std::uint64_t lines = 0;      // lines (or records) read from all inputs
  std::uint64_t bytes = 0;      // uncompressed
  std::uint64_t bad_lines = 0;  // counted in full; the first kKeptBadLines are kept below
  std::vector<BadLine> examples;
  std::map<std::string, std::uint64_t> bad_reasons;      // short reason -> count
  std::uint64_t duplicates = 0;                          // interactions dropped as duplicates
  std::uint64_t below_core = 0;                          // interactions dropped by the k-core
  std::uint64_t below_rating = 0;                        // interactions dropped by the minimum rating
  std::uint64_t unused_items = 0;                        // item rows that the corpus does not hold
  std::uint64_t items_without_events = 0;                // item rows that no interaction names
  std::uint64_t kept_without_events = 0;                 // those that the corpus holds
  std::uint64_t unused_users = 0;                        // user rows without a kept interaction
  std::uint64_t ties = 0;                                // interactions that share user and time with another
  std::uint64_t users = 0, items = 0, interactions = 0;  // what the corpus holds
  double seconds = 0;

  static constexpr std::size_t kKeptBadLines = 100;
};

}  // namespace p5
