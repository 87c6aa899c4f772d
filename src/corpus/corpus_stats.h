// Statistics of a corpus: for people (to_table), for programs (to_json) and for comparison with the literature.
// Thread-safe: a plain value and free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "corpus/corpus.h"
#include "corpus/rating_histogram.h"

namespace p5 {

// Summary of a list of counts; all zero for an empty list.
struct CountSummary {
  double mean = 0;
  std::uint64_t minimum = 0, quarter = 0, median = 0, three_quarters = 0, ninety = 0, maximum = 0;
};

struct NamedCount {
  std::string name;
  std::uint64_t count = 0;
};

// Shares range from 0 to 1 and are 0 where there is nothing to count.
struct CorpusStats {
  CorpusInfo info;
  std::uint64_t users = 0, items = 0, interactions = 0;
  double density = 0;  // interactions over users x items
  CountSummary history_length, interactions_per_item;

  std::int64_t first_time_ms = kNoTime, last_time_ms = kNoTime;
  double time_share = 0;
  double tie_share = 0;  // interactions with the same user and time as another

  std::vector<NamedCount> events;  // interactions by type, the most frequent first; empty: the source names none

  std::uint64_t rated = 0;
  double mean_rating = 0;  // 0 without ratings
  RatingHistogram ratings;

  double review_share = 0, headline_share = 0;               // of interactions
  double title_share = 0, brand_share = 0, price_share = 0;  // of items
  double category_share = 0, description_share = 0;
  std::uint64_t brands = 0, categories = 0;                  // different ones
  std::vector<NamedCount> item_attributes, user_attributes;  // items and users that have each, by name
  std::uint64_t bytes = 0;                                   // of the corpus folder; 0: not known
  std::string sample;                                        // an item that many took: "B001 \"Title\", 12 events"

  // Under leave-one-out (docs/protocol.md): users with a test target, items in no train part, the share of test targets
  // among those, the share of test targets that the user had before, and the share of users whose test item has the
  // greater key than the validation item: near 0.5 unless the order of ties leaks.
  std::uint64_t test_users = 0, cold_items = 0;
  double cold_test_share = 0, repeat_test_share = 0, test_key_greater = 0;
};

CorpusStats compute_stats(const Corpus& corpus);
// Of the files in a corpus folder.
std::uint64_t corpus_bytes(const std::filesystem::path& folder);

std::string to_table(const CorpusStats& stats);
std::string to_json(const CorpusStats& stats);

}  // namespace p5
