// Training reviews that read like a text, by the cosine of their words, weighted by how rare these are (tf-idf with
// binary frequencies). Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "corpus/split.h"

namespace p5 {

class SimilarReviews {
 public:
  // Of training reviews with a text and a headline, at most 50,000 drawn by seed.
  explicit SimilarReviews(const Split& reviews);

  struct Similar {
    std::size_t interaction = 0;
    float similarity = 0.0f;  // 0 to 1
  };
  // The most similar ones, best first; none that shares no word.
  std::vector<Similar> find(std::string_view text, std::size_t k) const;
  // Of the words of a short text that are in the long one: the share of their weight. 0 for a text without words.
  double shared(std::string_view brief, std::string_view text) const;

 private:
  struct Posting {
    std::uint32_t review;  // in positions_
    float weight;
  };
  double rarity(const std::string& word) const;

  std::vector<std::size_t> positions_;
  std::unordered_map<std::string, std::vector<Posting>> postings_;
};

}  // namespace p5
