#include "explain/item_quotes.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "explain/sentence_splitter.h"
#include "text/plain_words.h"

namespace p5 {

ItemQuotes::ItemQuotes(std::shared_ptr<const Split> reviews, std::shared_ptr<const ExplanationSet> explanations,
                       const ExplainOptions& options)
    : reviews_(std::move(reviews)),
      explanations_(std::move(explanations)),
      lexicon_(options.lexicon.empty() ? Lexicon::english() : Lexicon::load(options.lexicon)),
      min_words_(static_cast<std::size_t>(options.min_words)),
      max_words_(static_cast<std::size_t>(options.max_words)),
      reviews_of_(reviews_->corpus().item_count()),
      about_(reviews_->corpus().item_count()) {
  const auto items = reviews_->corpus().items();
  for (const std::size_t i : reviews_->positions(Part::kTrain)) reviews_of_[items[i]].push_back(i);
  for (const Explanation& explanation : explanations_->all()) {
    if (reviews_->part_of(explanation.interaction) != Part::kTrain) continue;
    about_[items[explanation.interaction]].push_back(&explanation);
  }
}

ItemQuotes::Counts ItemQuotes::counts_of(const QuoteWish& wish) const {
  Counts counts;
  for (const Explanation* explanation : about_[wish.item]) {
    if (may_quote(explanation->interaction, wish)) ++counts[explanation->feature];
  }
  return counts;
}

std::vector<std::string> ItemQuotes::features_of(ItemId item, std::optional<UserId> reader) const {
  const Counts counts = counts_of({.item = item, .reader = reader});
  std::vector<std::string> features;
  for (const auto& [feature, count] : counts) features.push_back(feature);
  std::sort(features.begin(), features.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(counts.at(b), a) < std::pair(counts.at(a), b);
  });
  return features;
}

ItemQuotes::Counts ItemQuotes::features_of_reader(std::optional<UserId> reader) const {
  Counts counts;
  if (!reader) return counts;
  const Corpus::Range range = reviews_->corpus().range_of(*reader);
  for (std::size_t i = range.begin; i < range.end; ++i) {
    if (reviews_->part_of(i) != Part::kTrain) continue;
    if (const Explanation* own = explanations_->find(i)) ++counts[own->feature];
  }
  return counts;
}

double ItemQuotes::mean_stars(ItemId item) const {
  double sum = 0, count = 0;
  for (const std::size_t i : reviews_of_[item]) {
    const float stars = reviews_->corpus().ratings()[i];
    if (!std::isfinite(stars)) continue;
    sum += stars;
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

bool ItemQuotes::may_quote(std::size_t interaction, const QuoteWish& wish) const {
  return !wish.reader || reviews_->corpus().users()[interaction] != *wish.reader;
}

std::optional<Quote> ItemQuotes::best(const QuoteWish& wish) const {
  constexpr float kGoodStars = 4;
  const Counts own = features_of_reader(wish.reader), all = counts_of(wish);
  const double mean = mean_stars(wish.item);
  const auto count_in = [](const Counts& counts, const std::string& feature) {
    const auto found = counts.find(feature);
    return found == counts.end() ? std::size_t{0} : found->second;
  };
  const auto rank_of = [&](const Explanation& explanation) {
    const float stars = reviews_->corpus().ratings()[explanation.interaction];
    const double distance = std::isfinite(stars) ? std::abs(stars - mean) : 0;
    const bool fits = !wish.recommends || !(stars < kGoodStars);
    return std::tuple(fits, count_in(own, explanation.feature) > 0, -distance, count_in(all, explanation.feature));
  };
  const Explanation* found = nullptr;
  for (const Explanation* explanation : about_[wish.item]) {
    if (!may_quote(explanation->interaction, wish)) continue;
    if (!wish.feature.empty() && explanation->feature != wish.feature) continue;
    if (found == nullptr || rank_of(*found) < rank_of(*explanation)) found = explanation;
  }
  if (found != nullptr) {
    return Quote{.interaction = found->interaction, .feature = found->feature, .sentence = found->sentence};
  }
  return wish.feature.empty() ? std::nullopt : any_sentence(wish);
}

// The first sentence of usual length that has the words of the feature, else the shortest.
std::optional<Quote> ItemQuotes::any_sentence(const QuoteWish& wish) const {
  const std::vector<std::string> wanted = plain_words(wish.feature);
  if (wanted.empty()) return std::nullopt;
  std::optional<Quote> found;
  std::size_t found_words = 0;
  for (const std::size_t i : reviews_of_[wish.item]) {
    if (!may_quote(i, wish)) continue;
    for (const std::string_view sentence : split_sentences(reviews_->corpus().review(i), lexicon_)) {
      const std::vector<std::string> words = plain_words(sentence);
      if (std::search(words.begin(), words.end(), wanted.begin(), wanted.end()) == words.end()) continue;
      Quote quote{.interaction = i, .feature = std::string(wish.feature), .sentence = std::string(sentence)};
      if (words.size() >= min_words_ && words.size() <= max_words_) return quote;
      if (found && words.size() >= found_words) continue;
      found = std::move(quote);
      found_words = words.size();
    }
  }
  return found;
}

}  // namespace p5
