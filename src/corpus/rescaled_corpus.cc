#include "corpus/rescaled_corpus.h"

#include <cmath>
#include <utility>

namespace p5 {
namespace {

class RescaledCorpus final : public Corpus {
 public:
  RescaledCorpus(std::shared_ptr<const Corpus> corpus, const RatingScale& scale)
      : corpus_(std::move(corpus)),
        info_(corpus_->info()),
        ratings_(corpus_->ratings().begin(), corpus_->ratings().end()) {
    const RatingScale own = corpus_->rating_scale();
    info_.rating_scale = scale;
    const double stretch = (scale.highest() - scale.lowest()) / (own.highest() - own.lowest());
    for (float& rating : ratings_) {
      if (std::isnan(rating)) continue;
      const double above = own.clamp(static_cast<double>(rating)) - own.lowest();
      rating = static_cast<float>(scale.lowest() + above * stretch);
    }
  }

  const CorpusInfo& info() const override { return info_; }
  std::size_t user_count() const override { return corpus_->user_count(); }
  std::size_t item_count() const override { return corpus_->item_count(); }
  std::size_t interaction_count() const override { return corpus_->interaction_count(); }
  std::size_t items_with_events() const override { return corpus_->items_with_events(); }
  std::span<const float> weights() const override { return corpus_->weights(); }
  std::span<const std::uint8_t> given_parts() const override { return corpus_->given_parts(); }
  Range range_of(UserId user) const override { return corpus_->range_of(user); }
  std::span<const UserId> users() const override { return corpus_->users(); }
  std::span<const ItemId> items() const override { return corpus_->items(); }
  std::span<const float> ratings() const override { return ratings_; }
  std::span<const std::int64_t> times() const override { return corpus_->times(); }
  std::string_view event(std::size_t i) const override { return corpus_->event(i); }
  std::string_view review(std::size_t i) const override { return corpus_->review(i); }
  std::string_view headline(std::size_t i) const override { return corpus_->headline(i); }
  std::vector<Attribute> attributes(std::size_t i) const override { return corpus_->attributes(i); }
  std::string_view user_key(UserId user) const override { return corpus_->user_key(user); }
  std::string_view user_name(UserId user) const override { return corpus_->user_name(user); }
  std::vector<Attribute> user_attributes(UserId user) const override { return corpus_->user_attributes(user); }
  std::optional<UserId> find_user(std::string_view key) const override { return corpus_->find_user(key); }
  const ItemCatalog& catalog() const override { return corpus_->catalog(); }

 private:
  std::shared_ptr<const Corpus> corpus_;
  CorpusInfo info_;
  std::vector<float> ratings_;
};

}  // namespace

std::shared_ptr<const Corpus> on_rating_scale(std::shared_ptr<const Corpus> corpus, const RatingScale& scale) {
  if (!corpus->has_ratings() || corpus->rating_scale() == scale) return corpus;
  return std::make_shared<const RescaledCorpus>(std::move(corpus), scale);
}

}  // namespace p5
