// Which interactions stay, and in which order: duplicates, k-core, order by time, ties. Works in place on the spooled
// records, in linear time except for the sort, with at most 13 bytes per interaction. Thread-safe: one free function.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ingest/corpus_builder.h"
#include "ingest/corpus_key_table.h"

namespace p5 {

// An interaction on disk between reading and writing; users and items are numbers of key tables.
struct SpooledInteraction {
  std::uint32_t user = 0, item = 0;
  std::int64_t time_ms = 0;
  std::uint64_t text_at = 0;  // in the text spool: review, headline, attributes
  std::uint32_t review_bytes = 0, headline_bytes = 0, attribute_bytes = 0;
  float rating = 0;
  std::uint16_t event = 0;  // number of its type
  std::uint8_t part = 0;    // of a split that the source gives
};
static_assert(sizeof(SpooledInteraction) == 48);

struct CleanedInteractions {
  std::vector<std::uint32_t> order;  // positions of the kept records, by user number, then part, then time
  std::vector<std::uint64_t> begin;  // [users + 1] into `order`
  std::uint64_t duplicates = 0, below_core = 0, ties = 0;
};

struct CleaningInput {
  std::span<const SpooledInteraction> records;
  const CorpusKeyTable& users;
  std::size_t items = 0;
  bool shuffle_ties = false;
  bool parts = false;  // order by the parts of a split first
};

// REQUIRES records.size() < 2^32. The shuffle of a user's ties depends only on the seed and the user's key, not on
// which other users there are.
CleanedInteractions clean_interactions(const CleaningInput& input, const CleaningOptions& options);

}  // namespace p5
