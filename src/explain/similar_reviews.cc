#include "explain/similar_reviews.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/draw.h"
#include "text/plain_words.h"

namespace p5 {
namespace {

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  for (std::string& word : plain_words(text)) words.insert(std::move(word));
  return words;
}

}  // namespace

SimilarReviews::SimilarReviews(const Split& reviews) {
  constexpr std::size_t kMost = 50000;
  const Corpus& corpus = reviews.corpus();
  for (const std::size_t i : reviews.positions(Part::kTrain)) {
    if (!corpus.review(i).empty() && !corpus.headline(i).empty()) positions_.push_back(i);
  }
  keep_sample(positions_, kMost, Rng(2022, "similar reviews"));
  for (std::uint32_t place = 0; place < positions_.size(); ++place) {
    for (const std::string& word : words_of(corpus.review(positions_[place]))) {
      postings_[word].push_back({place, 0.0f});
    }
  }
  std::vector<double> squares(positions_.size());
  for (const auto& [word, list] : postings_) {
    const double weight = rarity(word);
    for (const Posting& posting : list) squares[posting.review] += weight * weight;
  }
  for (auto& [word, list] : postings_) {
    const double weight = rarity(word);
    for (Posting& posting : list) posting.weight = static_cast<float>(weight / std::sqrt(squares[posting.review]));
  }
}

// The logarithm of one over the share of reviews that have the word; of a word that none has, as if one had it.
double SimilarReviews::rarity(const std::string& word) const {
  const auto found = postings_.find(word);
  const double count = found == postings_.end() ? 1 : static_cast<double>(found->second.size());
  return std::log1p(static_cast<double>(positions_.size()) / count);
}

std::vector<SimilarReviews::Similar> SimilarReviews::find(std::string_view text, std::size_t k) const {
  std::unordered_map<std::uint32_t, double> sums;
  double square = 0;
  for (const std::string& word : words_of(text)) {
    const double weight = rarity(word);
    square += weight * weight;
    const auto list = postings_.find(word);
    if (list == postings_.end()) continue;
    for (const Posting& posting : list->second) sums[posting.review] += weight * posting.weight;
  }
  std::vector<Similar> similar;
  for (const auto& [place, sum] : sums) {
    similar.push_back({positions_[place], static_cast<float>(sum / std::sqrt(square))});
  }
  std::sort(similar.begin(), similar.end(), [](const Similar& a, const Similar& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.interaction < b.interaction;
  });
  if (similar.size() > k) similar.resize(k);
  return similar;
}

double SimilarReviews::shared(std::string_view brief, std::string_view text) const {
  const std::set<std::string> words = words_of(text);
  double all = 0, found = 0;
  for (const std::string& word : words_of(brief)) {
    const double weight = rarity(word);
    all += weight;
    if (words.contains(word)) found += weight;
  }
  return all > 0 ? found / all : 0;
}

}  // namespace p5
