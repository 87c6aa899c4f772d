// Reads explanations from a file: a list of user, item, feature and sentence. Thread-safe: a free function.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "corpus/corpus.h"
#include "explain/explanation.h"

namespace p5 {

struct ExplanationList {
  std::vector<Explanation> explanations;  // in the order of the file
  std::uint64_t lines = 0;                // lines with a record
  std::uint64_t bad_lines = 0;            // unreadable, or without one of the four values
  std::uint64_t unknown_pairs = 0;        // user and item without an interaction in the corpus
  std::vector<std::string> examples;      // the first bad lines: "list.csv:3: feature: expected a word, got ''"
};

// Longer features and sentences are bad lines: they do not fit into an answer.
inline constexpr std::size_t kLongestFeature = 200, kLongestSentence = 4000;  // bytes

// *.jsonl, *.ndjson and *.json: one object per line; *.tsv: tabs, no quotes; anything else: commas, quoted as in RFC
// 4180; each also as *.gz. Tables begin with a header. Columns are user, item, feature, sentence, under these or other
// usual names (user_id, asin, explanation, ...); other columns are skipped. A pair with several interactions gets the
// first one. Throws NotFound for a missing file and Corrupted (data) for a header without one of the columns.
ExplanationList read_explanations(const std::filesystem::path& path, const Corpus& corpus);

// One JSON object: {"user", "item", "feature", "sentence"}, which read_explanations() reads, and the opinion if there
// is one.
std::string explanation_json(const Explanation& explanation, const Corpus& corpus);

}  // namespace p5
