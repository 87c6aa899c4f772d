// Objectives that compare whole histories or parts of them.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/rng.h"
#include "encoders/objective_module.h"
#include "nn/dropout_module.h"

namespace p5 {
namespace {

using TokenRows = std::vector<std::vector<TokenId>>;

std::vector<std::int64_t> numbers_below(std::size_t count) {
  std::vector<std::int64_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<std::int64_t>(i);
  return numbers;
}

// contrastive (CL4SRec, Xie et al. 2022): two views of each history, each by one of
//
//   crop     the 60% of the items from a random place on
//   mask     30% of the items are masks
//   reorder  60% of the items, from a random place on, are shuffled
//
// (sets: crop and mask alone) have the answers z and z' of length 1. The loss of z is
//
//   -log(exp(z . z' / t) / sum over the other views v of the batch of exp(z . v / t))
//
// and that of z' the same, turned round; t is encoder.temperature.
class ContrastiveViews final : public Objective {
 public:
  ContrastiveViews(const ObjectiveRow& row, const EncoderSpec& spec) : Objective(row, spec) {}

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    Rng rng(draw_dropout_seed(), "views");
    const TokenRows histories = kept_sources(input.batch);
    TokenRows views;
    for (int side = 0; side < 2; ++side) {
      for (const std::vector<TokenId>& history : histories) views.push_back(view_of(history, input, rng));
    }
    const auto count = static_cast<std::int64_t>(histories.size());
    const torch::Tensor made = answers(input, std::move(views));
    const torch::Tensor unit = made / made.norm(2, {1}, true).clamp_min(1e-8);
    const torch::Tensor scores =
        (torch::linear(unit, unit) / input.spec.options.temperature).fill_diagonal_(-1e9);  // [2 rows, 2 rows]
    const torch::Tensor other = torch::arange(2 * count).add(count).remainder(2 * count);
    ObjectiveLosses losses{.values = scores.logsumexp(1) - scores.gather(1, other.unsqueeze(1)).squeeze(1),
                           .rows = numbers_below(histories.size()),
                           .penalty = {}};
    losses.rows.insert(losses.rows.end(), losses.rows.begin(), losses.rows.begin() + count);
    return losses;
  }

 private:
  static constexpr double kCrop = 0.6, kMask = 0.3, kReorder = 0.6;

  std::vector<TokenId> view_of(std::vector<TokenId> history, const ObjectiveInput& input, Rng& rng) const {
    const bool ordered = encoder_row_.reading != Reading::kSet;
    const auto part = [&](double share) {
      return std::max<std::size_t>(1,
                                   static_cast<std::size_t>(std::floor(share * static_cast<double>(history.size()))));
    };
    const auto place = [&](std::size_t length) { return rng.below(history.size() - length + 1); };
    switch (rng.below(ordered ? 3 : 2)) {
      case 0: {
        const std::size_t length = part(kCrop), begin = place(length);
        return {history.begin() + static_cast<std::ptrdiff_t>(begin),
                history.begin() + static_cast<std::ptrdiff_t>(begin + length)};
      }
      case 1:
        for (TokenId& token : history) {
          if (rng.uniform() < kMask) token = static_cast<TokenId>(input.spec.mask_token());
        }
        return history;
      default: {
        const std::size_t length = part(kReorder), begin = place(length);
        rng.shuffle(std::span(history).subspan(begin, length));
        return history;
      }
    }
  }
};

// sequence-segment (S3-Rec, Zhou et al. 2020, equation 9): a segment of at most half of a history is cut out, masks in
// its place. With f the state of the last position of what is left, and g that of the segment alone, the loss is
//
//   -log(exp(f W g) / sum over the segments g' of the batch of exp(f W g'))
class SequenceSegment final : public Objective {
 public:
  SequenceSegment(const ObjectiveRow& row, const EncoderSpec& spec) : Objective(row, spec) {
    match_ = weight("match_weight", {spec.options.width, spec.options.width});
  }

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    Rng rng(draw_dropout_seed(), "segments");
    ObjectiveLosses losses;
    TokenRows rest, segments;
    std::int64_t number = 0;
    for (std::vector<TokenId>& history : kept_sources(input.batch)) {
      const std::int64_t row = number++;
      if (history.size() < 2) continue;
      const std::size_t length = 1 + rng.below(history.size() / 2);
      const auto begin = history.begin() + static_cast<std::ptrdiff_t>(rng.below(history.size() - length + 1));
      const auto end = begin + static_cast<std::ptrdiff_t>(length);
      segments.emplace_back(begin, end);
      std::fill(begin, end, static_cast<TokenId>(input.spec.mask_token()));
      rest.push_back(std::move(history));
      losses.rows.push_back(row);
    }
    if (rest.empty()) return losses;
    const torch::Tensor left = last_states(input, rest, reading_), cut = last_states(input, segments, reading_);
    losses.values = info_nce(torch::linear(torch::linear(left, match_), cut), 1.0);
    return losses;
  }

 private:
  torch::Tensor match_;
};

// next-session: the next-sentence task of BERT (Devlin et al. 2019) on histories. A history is cut in two where its
// largest time gap is, or at a random place where gaps are not known; in half of the rows the second part B is that of
// the row after. The encoder reads A, a mask, B, and with h its last state the loss is
//
//   -log sigmoid(w . h + b)    where B goes on with A
//   -log sigmoid(-w . h - b)   where it is another's
class NextSession final : public Objective {
 public:
  NextSession(const ObjectiveRow& row, const EncoderSpec& spec) : Objective(row, spec) {
    score_ = weight("score_weight", {1, spec.options.width});
    bias_ = weight("score_bias", {1});
  }

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    Rng rng(draw_dropout_seed(), "sessions");
    ObjectiveLosses losses;
    TokenRows first, second;
    std::int64_t number = 0;
    for (const std::vector<TokenId>& history : kept_sources(input.batch)) {
      const std::int64_t row = number++;
      if (history.size() < 2 || input.spec.options.history < 3) continue;
      const auto cut =
          history.begin() + static_cast<std::ptrdiff_t>(place_of_cut(input.batch, row, history.size(), rng));
      first.emplace_back(history.begin(), cut);
      second.emplace_back(cut, history.end());
      losses.rows.push_back(row);
    }
    if (first.size() < 2) return {};
    std::vector<float> signs;  // 1: it goes on; -1: it does not
    TokenRows pairs;
    for (std::size_t i = 0; i < first.size(); ++i) {
      const bool own = rng.coin();
      signs.push_back(own ? 1.0f : -1.0f);
      pairs.push_back(joined(first[i], second[own ? i : (i + 1) % second.size()], input.spec));
    }
    const torch::Tensor scores = torch::linear(last_states(input, pairs, reading_), score_, bias_).squeeze(-1);
    losses.values = -torch::log_sigmoid(scores * torch::tensor(signs));
    return losses;
  }

 private:
  static std::size_t place_of_cut(const TokenBatch& batch, std::int64_t row, std::size_t length, Rng& rng) {
    const std::size_t any = 1 + rng.below(length - 1);
    if (batch.gap.empty()) return any;
    const auto gaps = batch.gap.begin() + static_cast<std::ptrdiff_t>(row * batch.source_length);
    const auto largest = std::max_element(gaps + 1, gaps + static_cast<std::ptrdiff_t>(length));
    return *largest == 0 ? any : static_cast<std::size_t>(largest - gaps);
  }

  // A, a mask, B: the end of A and the beginning of B where they are too long together.
  static std::vector<TokenId> joined(std::vector<TokenId> first, std::vector<TokenId> second, const EncoderSpec& spec) {
    const auto room = static_cast<std::size_t>(spec.options.history - 1);
    if (first.size() + second.size() > room) {
      second.resize(std::min(second.size(), room - std::min(first.size(), room / 2)));
      const std::size_t most = room - second.size();
      if (first.size() > most) first.erase(first.begin(), first.end() - static_cast<std::ptrdiff_t>(most));
    }
    first.push_back(static_cast<TokenId>(spec.mask_token()));
    first.insert(first.end(), second.begin(), second.end());
    return first;
  }

  torch::Tensor score_, bias_;
};

}  // namespace

std::shared_ptr<Objective> make_contrastive_views(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<ContrastiveViews>(row, spec);
}
std::shared_ptr<Objective> make_sequence_segment(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<SequenceSegment>(row, spec);
}
std::shared_ptr<Objective> make_next_session(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<NextSession>(row, spec);
}

}  // namespace p5
