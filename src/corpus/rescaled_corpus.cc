#include "corpus/rescaled_corpus.h"

#include <cmath>
#include <utility>

#include "corpus/forwarding_corpus.h"

namespace p5 {
namespace {

class RescaledCorpus final : public ForwardingCorpus {
 public:
  RescaledCorpus(std::shared_ptr<const Corpus> corpus, const RatingScale& scale)
      : ForwardingCorpus(std::move(corpus)),
        info_(base().info()),
        ratings_(base().ratings().begin(), base().ratings().end()) {
    const RatingScale own = base().rating_scale();
    info_.rating_scale = scale;
    const double stretch = (scale.highest() - scale.lowest()) / (own.highest() - own.lowest());
    for (float& rating : ratings_) {
      if (std::isnan(rating)) continue;
      const double above = own.clamp(static_cast<double>(rating)) - own.lowest();
      rating = static_cast<float>(scale.lowest() + above * stretch);
    }
  }

  const CorpusInfo& info() const override { return info_; }
  std::span<const float> ratings() const override { return ratings_; }

 private:
  CorpusInfo info_;
  std::vector<float> ratings_;
};

}  // namespace

std::shared_ptr<const Corpus> on_rating_scale(std::shared_ptr<const Corpus> corpus, const RatingScale& scale) {
  if (!corpus->has_ratings() || corpus->rating_scale() == scale) return corpus;
  return std::make_shared<const RescaledCorpus>(std::move(corpus), scale);
}

}  // namespace p5
