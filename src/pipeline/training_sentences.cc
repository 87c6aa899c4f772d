#include "pipeline/training_sentences.h"

#include <algorithm>

#include "prompt/rendered_text.h"

namespace p5 {
namespace {

constexpr std::uint64_t kDigits = 100, kUsers = 20000, kReviews = 50000;
constexpr SlotSet kWritten = {Slot::kReview, Slot::kHeadline, Slot::kFeature, Slot::kExplanation};

// Makes every id expressible in pieces, whichever numbers the users have.
std::string digits(std::uint64_t number) {
  return "item_" + std::to_string(number) + " user_" + std::to_string(99 - number) +
         " 0 1 2 3 4 5 6 7 8 9 yes no like dislike";
}

// A source without its slots.
std::string words_of(const std::string& source) {
  std::string words;
  bool slot = false;
  for (const char c : source) {
    if (c == '{' || c == '}') {
      slot = c == '{';
    } else if (!slot) {
      words += c;
    }
  }
  return words;
}

}  // namespace

TrainingSentences::TrainingSentences(const PromptLibrary& prompts, const TaskOptions& task, const Split& reviews)
    : corpus_(&reviews.corpus()) {
  const auto is_asked = [&](const PromptTemplate& prompt) {
    return !prompt.held_out && task.samples_of(prompt.family) > 0;
  };
  // A base that is pretrained on no prompt will be adapted to some of them.
  const bool any = std::ranges::any_of(prompts.all(), is_asked);
  bool texts = task.text_span_samples > 0;
  for (const PromptTemplate& prompt : prompts.all()) {
    if (any ? !is_asked(prompt) : prompt.held_out) continue;
    templates_.push_back(words_of(prompt.source.text()));
    texts |= prompt.source.slot_set().meets(kWritten) || prompt.target.slot_set().meets(kWritten);
  }
  if (texts) list_reviews(reviews);
}

bool TrainingSentences::next(std::string& sentence) {
  std::uint64_t place = position_++;
  if (place < kDigits) return sentence = digits(place), true;
  if ((place -= kDigits) < kUsers) return sentence = asked_by(place), true;
  if ((place -= kUsers) < reviews_.size()) return sentence = written(reviews_[place]), true;
  if ((place -= reviews_.size()) >= corpus_->item_count()) return false;
  const auto item = static_cast<ItemId>(place);
  sentence = std::string(corpus_->catalog().title(item)) + " " + std::string(corpus_->catalog().brand(item));
  return true;
}

// Training reviews, evenly spread where there are more than pieces need.
void TrainingSentences::list_reviews(const Split& reviews) {
  const std::size_t step = reviews.count(Part::kTrain) / kReviews + 1;
  std::size_t seen = 0;
  for (const std::size_t i : reviews.positions(Part::kTrain)) {
    if (seen++ % step == 0) reviews_.push_back(i);
  }
}

std::string TrainingSentences::written(std::size_t interaction) const {
  return std::string(corpus_->headline(interaction)) + " " + std::string(corpus_->review(interaction));
}

std::string TrainingSentences::asked_by(std::uint64_t position) const {
  const auto user = static_cast<UserId>(position % corpus_->user_count());
  return templates_[position % templates_.size()] + " " + user_text(user) + " " + std::string(corpus_->user_name(user));
}

}  // namespace p5
