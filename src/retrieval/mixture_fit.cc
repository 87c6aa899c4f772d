#include "retrieval/mixture_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/interrupt.h"

namespace p5 {
namespace {

constexpr double kWeightFactors[] = {0, 0.5, 0.7, 1.5, 2.2};
constexpr double kNewWeights[] = {0.03, 0.1, 0.3};  // of a part that has none
constexpr double kSharpnessFactors[] = {0.6, 0.8, 1.25, 1.6};
constexpr double kLeastSharpness = 0.05, kMostSharpness = 20;
constexpr double kSeenBiases[] = {0, 2, 1, -1, -2, -4, -8, -20};
constexpr std::size_t kSweeps = 4;
constexpr double kLeastGain = 1e-9;  // of a step, per question: above rounding
constexpr double kSweepGain = 1e-4;  // of a sweep, per question: below, ascent ends

void normalize(std::vector<double>& weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= total;
}

}  // namespace

double gain_at(std::size_t rank) {
  return rank >= 1 && rank <= 10 ? 1 / std::log2(static_cast<double>(rank) + 1) : 0.0;
}

std::size_t rank_of(std::span<const float> scores, std::size_t target) {
  const float bound = scores[target];
  std::size_t rank = 0;
  for (const float score : scores) rank += static_cast<std::size_t>(!(score < bound));
  return rank;
}

// The state of one ascent: the terms of every part for every pool, so that a step costs one weighted sum.
class MixtureFit::Ascent {
 public:
  Ascent(const MixtureFit& fit, std::span<const std::uint32_t> which) : fit_(fit), which_(which) {
    std::size_t rows = 0;
    for (const std::uint32_t question : which) {
      begins_.push_back(rows);
      rows += pool_of(question).size();
    }
    begins_.push_back(rows);
    terms_.assign(parts(), std::vector<float>(rows));
    trial_.resize(rows);
  }

  void begin(Mixture mixture) {
    now_ = std::move(mixture);
    for (std::size_t part = 0; part < parts(); ++part) write_terms(part, now_.sharpness[part], terms_[part]);
    gain_ = total_gain(now_);
  }

  void climb() {
    for (std::size_t sweep = 0; sweep < kSweeps; ++sweep) {
      const double before = gain_;
      for (std::size_t part = 0; part < parts(); ++part) step_weight(part);
      if (fit_.mode_ == FusionMode::kProbability) {
        for (std::size_t part = 0; part < parts(); ++part) step_sharpness(part);
      }
      step_seen_bias();
      if (gain_ - before < kSweepGain * static_cast<double>(which_.size())) return;
    }
  }

  const Mixture& mixture() const { return now_; }
  double gain() const { return gain_; }

 private:
  std::size_t parts() const { return fit_.questions_.pools.front().part_count; }
  const CandidatePool& pool_of(std::uint32_t question) const { return fit_.questions_.pools[question]; }

  void write_terms(std::size_t part, double sharpness, std::vector<float>& terms) const {
    for (std::size_t i = 0; i < which_.size(); ++i) {
      mixture_terms(pool_of(which_[i]), part, fit_.mode_, sharpness,
                    std::span(terms).subspan(begins_[i], begins_[i + 1] - begins_[i]));
    }
  }

  // The sum of gains; `changed` stands for the terms of `part` where it is given.
  double total_gain(const Mixture& mixture, std::size_t part = 0, const std::vector<float>* changed = nullptr) const {
    stop_if_requested(fit_.stop_, "fitting was interrupted; no hybrid was written");
    std::vector<std::pair<float, const float*>> used;
    for (std::size_t i = 0; i < parts(); ++i) {
      if (mixture.weights[i] == 0) continue;
      const auto& terms = changed != nullptr && i == part ? *changed : terms_[i];
      used.emplace_back(static_cast<float>(mixture.weights[i]), terms.data());
    }
    const bool adds = fit_.mode_ == FusionMode::kLog;
    const auto seen = static_cast<float>(adds ? mixture.seen_bias : std::exp(mixture.seen_bias));
    double gain = 0;
    std::vector<float> scores;
    for (std::size_t i = 0; i < which_.size(); ++i) {
      const std::size_t size = begins_[i + 1] - begins_[i];
      scores.assign(size, 0.0f);
      for (const auto& [weight, terms] : used) {
        const float* own = terms + begins_[i];
        for (std::size_t at = 0; at < size; ++at) scores[at] += weight * own[at];
      }
      if (mixture.seen_bias != 0) {
        const auto& ages = pool_of(which_[i]).ages;
        for (std::size_t at = 0; at < size; ++at) {
          if (ages[at] != 0) scores[at] = adds ? scores[at] + seen : scores[at] * seen;
        }
      }
      gain += gain_at(rank_of(scores, fit_.questions_.targets[which_[i]]));
    }
    return gain;
  }

  bool better(double gain) const { return gain > gain_ + kLeastGain * static_cast<double>(which_.size()); }

  void step_weight(std::size_t part) {
    std::vector<double> wanted;
    if (now_.weights[part] == 0) {
      wanted.assign(std::begin(kNewWeights), std::end(kNewWeights));
    } else {
      for (const double factor : kWeightFactors) wanted.push_back(factor * now_.weights[part]);
    }
    Mixture best = now_;
    for (const double weight : wanted) {
      Mixture trial = now_;
      trial.weights[part] = weight;
      if (std::accumulate(trial.weights.begin(), trial.weights.end(), 0.0) <= 0) continue;
      normalize(trial.weights);
      const double gain = total_gain(trial);
      if (!better(gain)) continue;
      gain_ = gain;
      best = std::move(trial);
    }
    now_ = std::move(best);
  }

  void step_sharpness(std::size_t part) {
    if (now_.weights[part] == 0) return;
    const double before = now_.sharpness[part];
    for (const double factor : kSharpnessFactors) {
      const double sharpness = std::clamp(before * factor, kLeastSharpness, kMostSharpness);
      write_terms(part, sharpness, trial_);
      const double gain = total_gain(now_, part, &trial_);
      if (!better(gain)) continue;
      gain_ = gain;
      now_.sharpness[part] = sharpness;
      terms_[part].swap(trial_);
    }
  }

  void step_seen_bias() {
    Mixture best = now_;
    for (const double bias : kSeenBiases) {
      Mixture trial = now_;
      trial.seen_bias = bias;
      const double gain = total_gain(trial);
      if (!better(gain)) continue;
      gain_ = gain;
      best = trial;
    }
    now_ = std::move(best);
  }

  const MixtureFit& fit_;
  std::span<const std::uint32_t> which_;
  std::vector<std::size_t> begins_;        // [which.size() + 1] of each pool in a row of terms
  std::vector<std::vector<float>> terms_;  // [parts][rows] under the sharpness of now_
  std::vector<float> trial_;               // [rows]
  Mixture now_;
  double gain_ = 0;
};

MixtureFit::MixtureFit(const PooledQuestions& questions, FusionMode mode, StopToken stop)
    : questions_(questions), mode_(mode), stop_(std::move(stop)) {}

Mixture MixtureFit::fit(std::span<const std::uint32_t> which) const {
  const std::size_t parts = questions_.pools.front().part_count;
  Ascent ascent(*this, which);
  std::size_t best_part = 0;
  double best_gain = -1;
  for (std::size_t part = 0; part < parts; ++part) {
    ascent.begin(Mixture::of_part(part, parts, mode_));
    if (ascent.gain() > best_gain) best_gain = ascent.gain(), best_part = part;
  }
  Mixture equal = Mixture::of_part(0, parts, mode_);
  std::fill(equal.weights.begin(), equal.weights.end(), 1 / static_cast<double>(parts));
  Mixture best;
  best_gain = -1;
  for (const Mixture& start : {Mixture::of_part(best_part, parts, mode_), equal}) {
    ascent.begin(start);
    ascent.climb();
    if (ascent.gain() > best_gain) best_gain = ascent.gain(), best = ascent.mixture();
  }
  return best;
}

Mixture MixtureFit::refine(std::span<const std::uint32_t> which, const Mixture& begin) const {
  Ascent ascent(*this, which);
  ascent.begin(begin);
  ascent.climb();
  return ascent.mixture();
}

}  // namespace p5
