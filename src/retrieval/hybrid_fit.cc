#include "retrieval/hybrid_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "base/draw.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "base/rng.h"
#include "corpus/negatives.h"
#include "corpus/split_facts.h"
#include "p5/error.h"
#include "retrieval/mixture_fit.h"

namespace p5 {
namespace {

constexpr std::size_t kBatch = 64;           // questions asked together
constexpr std::size_t kRuleQuestions = 500;  // that choose how scores become probabilities
constexpr std::size_t kCutoff = 10;
constexpr std::size_t kMostWithCandidates = 2000;  // questions with candidates: models are slow to read so many
constexpr std::string_view kStopped = "fitting was interrupted; no hybrid was written";

struct ValidationQuestions {
  std::vector<CandidateQuery> queries;
  std::vector<ItemId> targets;
  std::vector<ItemId> candidates;      // of all questions, where they have any
  std::vector<ItemId> without_events;  // no candidates, as in an evaluation
};

ValidationQuestions questions_of(const Split& split, const HybridOptions& options) {
  std::vector<UserId> users;
  if (split.is_sequential()) users = users_with_target(split, Part::kValid);
  if (users.empty()) {
    throw usage_error("nothing to fit a hybrid on", {.where = "split '" + split.name() + "'",
                                                     .expected = "users with a history and a validation target",
                                                     .got = "none"});
  }
  keep_sample(users, static_cast<std::size_t>(options.users),
              Rng(static_cast<std::uint64_t>(options.seed), "hybrid users"));
  ValidationQuestions questions;
  Rng(static_cast<std::uint64_t>(options.seed), "hybrid order")
      .shuffle(std::span(users));  // any first few are a sample
  questions.without_events = split.corpus().items_without_events();
  for (const UserId user : users) {
    questions.queries.push_back(
        {.user = user, .history = split.history_for(user, Part::kValid), .exclude = questions.without_events});
    questions.targets.push_back(split.corpus().items()[*split.target_of(user, Part::kValid)]);
  }
  return questions;
}

// Target and negatives in an order that tells nothing of which is which.
void pose_negatives(const NegativeSamples& negatives, std::int64_t seed, ValidationQuestions& questions) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < questions.queries.size(); ++i) {
    const UserId user = questions.queries[i].user;
    const std::size_t begin = questions.candidates.size();
    const auto own = negatives.of(user);
    questions.candidates.insert(questions.candidates.end(), own.begin(), own.end());
    questions.candidates.push_back(questions.targets[i]);
    const auto row = std::span(questions.candidates).subspan(begin);
    std::sort(row.begin(), row.end());
    Rng(static_cast<std::uint64_t>(seed), fmt::format("hybrid candidates of {}", user)).shuffle(row);
    ends.push_back(questions.candidates.size());
  }
  std::size_t begin = 0;
  for (std::size_t i = 0; i < ends.size(); begin = ends[i++]) {
    questions.queries[i].candidates = std::span(questions.candidates).subspan(begin, ends[i] - begin);
  }
}

ScoreRule rule_of(const CandidateSource& source, const ValidationQuestions& questions, std::size_t item_count) {
  std::vector<float> scores(item_count);
  ScoreRuleChoice choice;
  const std::size_t step = std::max<std::size_t>(1, questions.queries.size() / kRuleQuestions);
  for (std::size_t i = 0; i < questions.queries.size(); i += step) {
    if (!source.score_all(questions.queries[i], scores)) return {ScoreRule::Kind::kList, 0};
    choice.add(scores, questions.targets[i]);
  }
  return choice.best();
}

// The gains of all questions whose target is in the pool.
using Gains = std::vector<double>;

// Fits and compares the ways to fuse, for one kind of question.
class FusionFit {
 public:
  FusionFit(const std::vector<HybridPart>& parts, const HybridOptions& options, std::span<const float> popularity,
            StopToken stop)
      : parts_(parts), options_(options), popularity_(popularity), stop_(std::move(stop)) {}

  void ask(const PoolBuilder& builder, const ValidationQuestions& questions, const std::string& label) {
    asked_ = questions.queries.size();
    Progress progress(label, asked_, "users");
    for (std::size_t begin = 0; begin < asked_; begin += kBatch) {
      stop_if_requested(stop_, kStopped);
      const auto some = std::span(questions.queries).subspan(begin, std::min(kBatch, asked_ - begin));
      std::vector<CandidatePool> pools = builder.build(some, kCutoff);
      for (std::size_t i = 0; i < pools.size(); ++i) {
        const std::int32_t target = pools[i].find(questions.targets[begin + i]);
        if (target < 0) continue;
        questions_.pools.push_back(std::move(pools[i]));
        questions_.targets.push_back(static_cast<std::uint32_t>(target));
      }
      progress.advance(some.size());
    }
    Rng folds(static_cast<std::uint64_t>(options_.seed), "hybrid folds");
    for (std::uint32_t i = 0; i < questions_.size(); ++i) {
      all_.push_back(i);
      halves_[folds.coin() ? 1 : 0].push_back(i);
    }
  }

  HybridFusion fit() {
    begin_with_best_part();
    if (questions_.size() > 0) {
      choose_mode();
      if (options_.method == HybridOptions::Method::kAuto) {
        try_refinement("by history length",
                       [this](const HybridFusion& base, auto which) { return by_length(base, which); });
      }
      const bool learned = options_.method == HybridOptions::Method::kLearned;
      if (learned || options_.method == HybridOptions::Method::kAuto) {
        try_refinement(
            "learned", [this](const HybridFusion& base, auto which) { return with_trees(base, which); }, learned);
      }
      if (mean(gains_of(now_.all, all_)) < mean(best_part_.gains)) now_ = best_part_;
    }
    HybridFusion fusion = now_.all;
    fusion.method = now_.name;
    fusion.ndcg = mean(gains_of(fusion, all_));
    fusion.users = asked_;
    calibrate(fusion);
    for (HybridFigure& figure : figures_) figure.chosen = figure.name == now_.figure;
    fusion.figures = std::move(figures_);
    return fusion;
  }

 private:
  using Which = std::span<const std::uint32_t>;
  using Refinement = std::function<HybridFusion(const HybridFusion& base, Which which)>;

  struct ModeRow {
    HybridOptions::Method method;
    FusionMode mode;
    const char* name;
  };

  // One way to fuse, fit on all questions and on each half, with the gains of each half under the other's.
  struct Way {
    std::string name, figure;
    HybridFusion all = {};
    std::array<HybridFusion, 2> halves = {};
    Gains gains = {};  // [questions]
  };

  void calibrate(HybridFusion& fusion) const {
    std::vector<std::vector<float>> scores;
    for (const CandidatePool& pool : questions_.pools) scores.push_back(fused_scores(pool, fusion, popularity_));
    fusion.calibration = calibrate_lists(scores, questions_.targets, asked_);
  }

  double mean(const Gains& gains) const {
    return std::accumulate(gains.begin(), gains.end(), 0.0) / static_cast<double>(asked_);
  }

  // One standard error of the mean paired difference.
  double margin(const Gains& a, const Gains& b) const {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double difference = a[i] - b[i];
      sum += difference;
      squares += difference * difference;
    }
    const auto n = static_cast<double>(asked_);
    return n < 2 ? 0.0 : std::sqrt(std::max(0.0, squares - sum * sum / n) / (n - 1) / n);
  }

  Gains gains_of(const HybridFusion& fusion, Which which) const {
    Gains gains;
    for (const std::uint32_t i : which) {
      const auto scores = fused_scores(questions_.pools[i], fusion, popularity_);
      gains.push_back(gain_at(rank_of(scores, questions_.targets[i])));
    }
    return gains;
  }

  void cross_fit_gains(Way& way) const {
    way.gains.assign(questions_.size(), 0.0);
    for (std::size_t half = 0; half < 2; ++half) {
      const Gains gains = gains_of(way.halves[half], halves_[1 - half]);
      for (std::size_t i = 0; i < gains.size(); ++i) way.gains[halves_[1 - half][i]] = gains[i];
    }
  }

  void begin_with_best_part() {
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      HybridFusion fusion{.mixtures = {Mixture::of_part(part, parts_.size())}};
      Way way{.name = parts_[part].name + (parts_.size() > 1 ? " alone" : ""),
              .figure = parts_[part].name,
              .all = fusion,
              .halves = {fusion, fusion},
              .gains = gains_of(fusion, all_)};
      figures_.push_back({.name = way.figure, .ndcg = mean(way.gains)});
      if (part == 0 || mean(way.gains) > mean(best_part_.gains)) best_part_ = std::move(way);
    }
    now_ = best_part_;
  }

  HybridFusion fit_mode(FusionMode mode, Which which) const {
    if (which.empty()) return {.mixtures = {Mixture::of_part(0, parts_.size(), mode)}};
    return {.mixtures = {MixtureFit(questions_, mode, stop_).fit(which)}};
  }

  // The better of the mixtures of scores; the one of ranks, which forgets how sure a source is, where it gains more.
  // The best source stays alone only where it is clearly better: it looks a little too good here, because its training
  // was stopped by these questions and because it is the best of several, while a mixture is judged by questions that
  // it was not fit to, and was fit to half of them.
  void choose_mode() {
    using Method = HybridOptions::Method;
    if (parts_.size() < 2) return;
    std::optional<Way> best;
    for (const auto& [method, mode, name] : {ModeRow{Method::kLog, FusionMode::kLog, "log"},
                                             ModeRow{Method::kProbability, FusionMode::kProbability, "probability"},
                                             ModeRow{Method::kRrf, FusionMode::kRrf, "rrf"}}) {
      const bool open = options_.method == Method::kAuto || options_.method == Method::kLearned;
      if (!open && options_.method != method) continue;
      Way way{.name = name, .figure = name};
      for (std::size_t half = 0; half < 2; ++half) way.halves[half] = fit_mode(mode, halves_[half]);
      cross_fit_gains(way);
      figures_.push_back({.name = way.figure,
                          .ndcg = mean(way.gains),
                          .margin = margin(way.gains, best_part_.gains),
                          .than = best_part_.figure});
      const bool better =
          !best || (mode == FusionMode::kRrf ? gains_more(way, *best) : mean(way.gains) > mean(best->gains));
      if (better) best = std::move(way);
    }
    if (options_.method == Method::kAuto && gains_more(now_, *best)) return;
    best->all = fit_mode(best->halves[0].mixtures.front().mode, all_);
    now_ = *std::move(best);
  }

  bool gains_more(const Way& way, const Way& than) const {
    return mean(way.gains) - mean(than.gains) > margin(way.gains, than.gains);
  }

  void try_refinement(const std::string& name, const Refinement& refine, bool forced = false) {
    Way way{.name = name + ", on " + now_.name, .figure = name};
    for (std::size_t half = 0; half < 2; ++half) way.halves[half] = refine(now_.halves[half], halves_[half]);
    cross_fit_gains(way);
    figures_.push_back(
        {.name = name, .ndcg = mean(way.gains), .margin = margin(way.gains, now_.gains), .than = now_.figure});
    if (!forced && !gains_more(way, now_)) return;
    way.all = refine(now_.all, all_);
    now_ = std::move(way);
  }

  // Mixtures of their own for quarters of the users by length of history.
  HybridFusion by_length(const HybridFusion& base, Which which) const {
    std::vector<std::size_t> lengths;
    for (const std::uint32_t i : which) lengths.push_back(questions_.pools[i].history_length);
    std::sort(lengths.begin(), lengths.end());
    HybridFusion fusion;
    for (std::size_t quarter = 1; quarter < 4 && !lengths.empty(); ++quarter) {
      const auto edge = static_cast<std::uint32_t>(lengths[quarter * lengths.size() / 4]);
      if (edge > lengths.front() && (fusion.edges.empty() || edge > fusion.edges.back())) fusion.edges.push_back(edge);
    }
    const Mixture& begin = base.mixtures.front();
    std::vector<std::vector<std::uint32_t>> buckets(fusion.edges.size() + 1);
    for (const std::uint32_t i : which) {
      const auto longer =
          std::upper_bound(fusion.edges.begin(), fusion.edges.end(), questions_.pools[i].history_length);
      buckets[static_cast<std::size_t>(longer - fusion.edges.begin())].push_back(i);
    }
    const MixtureFit fit(questions_, begin.mode, stop_);
    for (const auto& bucket : buckets) fusion.mixtures.push_back(bucket.empty() ? begin : fit.refine(bucket, begin));
    return fusion;
  }

  HybridFusion with_trees(const HybridFusion& base, Which which) const {
    RankingLists lists{.feature_count = ranking_feature_count(parts_.size())};
    for (const std::uint32_t i : which) {
      const CandidatePool& pool = questions_.pools[i];
      const std::vector<float> scores = mix(pool, base.mixture_for(pool));
      const auto top = best_of(pool, scores, static_cast<std::size_t>(options_.rerank));
      const auto target = std::find(top.begin(), top.end(), questions_.targets[i]);
      if (target == top.end()) continue;
      const std::vector<float> features = ranking_features(pool, popularity_, scores, top);
      lists.features.insert(lists.features.end(), features.begin(), features.end());
      for (const std::uint32_t item : top) lists.scores.push_back(scores[item]);
      lists.begins.push_back(lists.scores.size());
      lists.targets.push_back(static_cast<std::uint32_t>(target - top.begin()));
    }
    HybridFusion fusion = base;
    fusion.rerank = static_cast<std::size_t>(options_.rerank);
    fusion.trees = RankingTrees::fit(lists, {.trees = static_cast<std::size_t>(options_.trees)}, stop_);
    return fusion;
  }

  const std::vector<HybridPart>& parts_;
  const HybridOptions& options_;
  std::span<const float> popularity_;
  StopToken stop_;
  PooledQuestions questions_;
  std::size_t asked_ = 0;
  std::vector<std::uint32_t> all_;
  std::array<std::vector<std::uint32_t>, 2> halves_;
  std::vector<HybridFigure> figures_;
  Way best_part_, now_;
};

}  // namespace

HybridModel fit_hybrid(const std::vector<HybridPart>& parts, const Split& split, const HybridFitOptions& options) {
  if (parts.empty())
    throw usage_error("a hybrid needs sources", {.where = "hybrid.sources", .expected = "at least one"});
  const HybridOptions& hybrid = options.hybrid;
  const std::size_t item_count = split.corpus().item_count();
  ValidationQuestions questions = questions_of(split, hybrid);
  HybridModel model;
  model.pool = static_cast<std::size_t>(hybrid.pool);
  model.list = static_cast<std::size_t>(hybrid.list);
  const std::vector<std::uint32_t> counts = train_counts(split);
  model.popularity.assign(counts.begin(), counts.end());
  std::vector<PoolPart> pooled;
  for (const HybridPart& part : parts) {
    model.parts.push_back(part.name);
    model.rules.push_back(rule_of(*part.source, questions, item_count));
    pooled.push_back({part.source, model.rules.back()});
  }
  const PoolBuilder builder(pooled, item_count, model.pool, model.list);
  FusionFit sequential(parts, hybrid, model.popularity, options.stop);
  sequential.ask(builder, questions, "Fitting the hybrid");
  model.sequential = sequential.fit();
  if (options.negatives > 0) {
    questions.queries.resize(std::min(questions.queries.size(), kMostWithCandidates));
    pose_negatives(draw_negatives(split.corpus(), options.negatives, options.negatives_seed), hybrid.seed, questions);
    FusionFit direct(parts, hybrid, model.popularity, options.stop);
    direct.ask(builder, questions, "Fitting the hybrid for candidates");
    model.direct = direct.fit();
  }
  return model;
}

}  // namespace p5
