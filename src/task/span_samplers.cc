#include "task/span_samplers.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "base/utf8.h"

namespace p5 {
namespace {

// Everything that the catalogue says about an item.
std::string item_text(const ItemCatalog& catalog, ItemId item) {
  std::string text(catalog.title(item));
  const auto append = [&](std::string_view part) {
    if (!part.empty()) text.append(text.empty() ? "" : " ").append(part);
  };
  append(catalog.brand(item));
  for (const std::string_view category : catalog.categories(item)) append(category);
  append(catalog.description(item));
  return text;
}

RenderedText span_words(std::string_view text) {
  RenderedText words;
  for (std::size_t begin = 0; begin < text.size();) {
    begin = std::min(text.find_first_not_of(" \t\n\r", begin), text.size());
    const std::size_t end = std::min(text.find_first_of(" \t\n\r", begin), text.size());
    if (end > begin) words.push_back({.text = std::string(text.substr(begin, end - begin))});
    begin = end;
  }
  return words;
}

}  // namespace

HistorySpanSampler::HistorySpanSampler(std::string family, const SamplerInputs& inputs)
    : family_(std::move(family)), split_(inputs.data.ranking), options_(inputs.options) {
  for (UserId user = 0; user < split_->corpus().user_count(); ++user) {
    if (split_->train_items(user).size() > 1) users_.push_back(user);
  }
}

TaskExample HistorySpanSampler::sample(std::size_t index, Rng& rng) const {
  const std::span<const ItemId> all = split_->train_items(users_[index]);
  RenderedText units;
  for (const ItemId item : all.last(std::min(all.size(), static_cast<std::size_t>(options_.max_history)))) {
    units.push_back({.kind = Mention::Kind::kItem, .id = item});
  }
  return corrupt_spans(units, {.text = options_.separator}, {}, rng);
}

TextSpanSampler::TextSpanSampler(std::string family, const SamplerInputs& inputs)
    : family_(std::move(family)),
      split_(inputs.data.reviews),
      most_bytes_(static_cast<std::size_t>(inputs.options.max_review)) {
  const Corpus& corpus = split_->corpus();
  for (ItemId item = 0; item < corpus.item_count(); ++item) {
    if (span_words(item_text(corpus.catalog(), item)).size() > 1) items_.push_back(item);
  }
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    if (split_->part_of(i) == Part::kTrain && span_words(corpus.review(i)).size() > 1) reviews_.push_back(i);
  }
}

std::string TextSpanSampler::text_of(std::size_t index) const {
  const Corpus& corpus = split_->corpus();
  if (index < items_.size()) return item_text(corpus.catalog(), items_[index]);
  return std::string(corpus.review(reviews_[index - items_.size()]));
}

TaskExample TextSpanSampler::sample(std::size_t index, Rng& rng) const {
  const std::string text = text_of(index);
  RenderedText words = span_words(utf8_prefix(text, most_bytes_));
  if (words.size() < 2) words = span_words(text);  // two words that are longer than that
  return corrupt_spans(words, {.text = " "}, {}, rng);
}

}  // namespace p5
