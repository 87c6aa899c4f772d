#include "retrieval/cold_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/draw.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/rng.h"
#include "corpus/split_facts.h"
#include "retrieval/content_index.h"
#include "retrieval/top_k.h"

namespace p5 {
namespace {

constexpr std::uint64_t kColdSeed = 2022;     // of what counts as unknown
constexpr std::size_t kMostCold = 50'000;     // items; the last ones of the catalogue, which are the newest
constexpr std::size_t kMostPretended = 1000;  // known items that count as unknown
constexpr std::size_t kMostQuestions = 8000;  // validation users
constexpr std::size_t kMostAlike = 1000;      // items that an item is compared with
constexpr std::size_t kFewAnswers = 20;       // fewer teach nothing
constexpr int kNewtonSteps = 30;              // of Newton's method
constexpr std::size_t kColdSize = ColdFeature::kCount + 1;  // features and the bias

using ColdVector = std::array<double, kColdSize>;
using ColdMatrix = std::array<ColdVector, kColdSize>;

ColdVector cold_vector(const ColdFeature& feature) {
  ColdVector vector{};
  std::copy(feature.values.begin(), feature.values.end(), vector.begin());
  vector[kColdSize - 1] = 1;
  return vector;
}

ColdLogit logit_of(const ColdVector& weights) {
  ColdLogit logit;
  std::copy_n(weights.begin(), ColdFeature::kCount, logit.weights.begin());
  logit.bias = weights[kColdSize - 1];
  return logit;
}

double cold_log_odds(const ColdLogit& logit, const ColdFeature& feature) {
  double sum = logit.bias;
  for (std::size_t i = 0; i < ColdFeature::kCount; ++i) sum += logit.weights[i] * feature.values[i];
  return sum;
}

// Log-likelihood of all questions with its first two derivatives; a weak prior keeps weights that nothing teaches at 0.
struct ColdLikelihood {
  double value = 0;
  ColdVector slope = {};
  ColdMatrix curvature = {};  // negative second derivatives
};

constexpr double kColdPrior = 0.01;

void add_cold_question(const ColdQuestion& question, std::size_t count, const ColdLogit& logit, ColdLikelihood& sum) {
  const ColdProbabilities p = cold_probabilities(logit, question.features, count);
  ColdVector mean{};
  const auto add = [&](const ColdVector& x, double probability) {
    for (std::size_t i = 0; i < kColdSize; ++i) {
      mean[i] += probability * x[i];
      for (std::size_t j = 0; j < kColdSize; ++j) sum.curvature[i][j] += probability * x[i] * x[j];
    }
  };
  ColdVector plain{};
  plain[kColdSize - 1] = 1;
  add(plain, static_cast<double>(count - question.features.size()) * std::exp(p.other));
  ColdVector answer{};
  double log_answer = std::log(std::max(1e-300, 1 - p.all));
  if (question.answer != ColdQuestion::kOther) {
    answer = plain;
    log_answer = p.other;
  }
  for (std::size_t i = 0; i < question.features.size(); ++i) {
    const ColdVector x = cold_vector(question.features[i]);
    add(x, std::exp(p.logs[i]));
    if (question.features[i].index != question.answer) continue;
    answer = x;
    log_answer = p.logs[i];
  }
  sum.value += log_answer;
  for (std::size_t i = 0; i < kColdSize; ++i) {
    sum.slope[i] += answer[i] - mean[i];
    for (std::size_t j = 0; j < kColdSize; ++j) sum.curvature[i][j] -= mean[i] * mean[j];
  }
}

ColdLikelihood cold_likelihood(std::span<const ColdQuestion> questions, std::size_t count, const ColdVector& weights) {
  ColdLikelihood sum;
  const ColdLogit logit = logit_of(weights);
  for (const ColdQuestion& question : questions) add_cold_question(question, count, logit, sum);
  for (std::size_t i = 0; i + 1 < kColdSize; ++i) {
    sum.value -= 0.5 * kColdPrior * weights[i] * weights[i];
    sum.slope[i] -= kColdPrior * weights[i];
    sum.curvature[i][i] += kColdPrior;
  }
  return sum;
}

// x of a x = b, by Gaussian elimination with a small ridge.
ColdVector solve_cold(ColdMatrix a, ColdVector b) {
  for (std::size_t i = 0; i < kColdSize; ++i) a[i][i] += 1e-9;
  for (std::size_t i = 0; i < kColdSize; ++i) {
    for (std::size_t row = i + 1; row < kColdSize; ++row) {
      const double factor = a[row][i] / a[i][i];
      for (std::size_t j = i; j < kColdSize; ++j) a[row][j] -= factor * a[i][j];
      b[row] -= factor * b[i];
    }
  }
  for (std::size_t i = kColdSize; i-- > 0;) {
    for (std::size_t j = i + 1; j < kColdSize; ++j) b[i] -= a[i][j] * b[j];
    b[i] /= a[i][i];
  }
  return b;
}

std::vector<UserId> cold_users(const Split& split) {
  if (!split.is_sequential()) return {};
  std::vector<UserId> users = users_with_target(split, Part::kValid);
  keep_sample(users, kMostQuestions, Rng(kColdSeed, "cold users"));
  return users;
}

bool is_open(const CandidateQuery& query, ItemId item) {
  const auto holds = [item](std::span<const ItemId> items) { return std::ranges::find(items, item) != items.end(); };
  return !holds(query.exclude) && (query.candidates.empty() || holds(query.candidates));
}

SparseRows cold_contents(std::span<const ItemId> items, const ColdItemsInputs& inputs) {
  ContentOptions options = inputs.content;
  options.max_neighbors = kMostAlike;
  return compare_contents(inputs.split.corpus().catalog(), items, options, inputs.threads);
}

}  // namespace

ColdProbabilities cold_probabilities(const ColdLogit& logit, std::span<const ColdFeature> features, std::size_t count) {
  ColdProbabilities result;
  double odds = static_cast<double>(count - features.size()) * std::exp(logit.bias);
  for (const ColdFeature& feature : features) {
    result.logs.push_back(cold_log_odds(logit, feature));
    odds += std::exp(result.logs.back());
  }
  const double log_total = std::log1p(odds);
  for (double& log : result.logs) log -= log_total;
  result.all = odds / (1 + odds);
  result.other = logit.bias - log_total;
  return result;
}

ColdLogit fit_cold_logit(std::span<const ColdQuestion> questions, std::size_t count) {
  ColdVector weights{};
  weights[kColdSize - 1] = -std::log(static_cast<double>(std::max<std::size_t>(1, count)) * 20);
  ColdLikelihood now = cold_likelihood(questions, count, weights);
  for (int step = 0; step < kNewtonSteps; ++step) {
    const ColdVector direction = solve_cold(now.curvature, now.slope);
    double length = 1;
    ColdLikelihood next;
    ColdVector tried{};
    for (int halving = 0; halving < 20; ++halving, length /= 2) {
      for (std::size_t i = 0; i < kColdSize; ++i) tried[i] = weights[i] + length * direction[i];
      next = cold_likelihood(questions, count, tried);
      if (next.value >= now.value) break;
    }
    if (!(next.value >= now.value)) break;
    const bool done = next.value - now.value < 1e-6 * std::abs(now.value);
    weights = tried;
    now = next;
    if (done) break;
  }
  return logit_of(weights);
}

ColdItemsSource::ColdItemsSource(const ColdItemsInputs& inputs, const Neighbors& neighbors)
    : item_count_(inputs.split.corpus().item_count()) {
  if (!have_content(inputs.split.corpus().catalog(), inputs.content)) return;
  const std::vector<std::uint32_t> counts = train_counts(inputs.split);
  const std::vector<bool> counted(counts.begin(), counts.end());
  std::vector<ItemId> items;
  for (ItemId item = 0; item < item_count_; ++item) {
    if (!counted[item]) items.push_back(item);
  }
  if (items.empty()) return;
  if (items.size() > kMostCold) items.erase(items.begin(), items.end() - static_cast<std::ptrdiff_t>(kMostCold));
  const SparseRows contents = cold_contents(items, inputs);
  features_ = ColdFeatures(std::move(items), contents, counted, inputs.content.weights);
  neighbors_ = neighbors();
  learn(inputs, counted);
}

ColdItemsSource::ColdItemsSource(const FittedState& state, std::size_t item_count, const HistoryWeights& weights,
                                 const Neighbors& neighbors)
    : item_count_(item_count), features_(state, item_count, weights) {
  if (!empty()) neighbors_ = neighbors();
  const std::vector<double> logit = state.get<double>("logit", kColdSize);
  std::copy_n(logit.begin(), ColdFeature::kCount, logit_.weights.begin());
  logit_.bias = logit.back();
}

FittedState ColdItemsSource::state() const {
  FittedState state;
  if (empty()) {
    ColdFeatures({}, SparseRows(), std::vector<bool>(item_count_), {}).put(state);
  } else {
    features_.put(state);
  }
  std::vector<double> logit(logit_.weights.begin(), logit_.weights.end());
  logit.push_back(logit_.bias);
  state.put("logit", logit);
  return state;
}

bool ColdItemsSource::is_cold(ItemId item) const { return std::ranges::binary_search(features_.items(), item); }

std::vector<ColdFeature> ColdItemsSource::features_of(std::span<const ItemId> history,
                                                      const ColdFeatures& features) const {
  thread_local std::vector<float> scores;
  scores.assign(item_count_, 0.0f);
  const CandidateQuery query{.history = history};
  if (neighbors_ == nullptr || !neighbors_->score_all(query, scores)) std::ranges::fill(scores, 0.0f);
  return features.of(history, scores);
}

void ColdItemsSource::learn(const ColdItemsInputs& inputs, const std::vector<bool>& counted) {
  const Split& split = inputs.split;
  const std::vector<UserId> users = cold_users(split);
  std::vector<ItemId> pretended;
  for (ItemId item = 0; item < item_count_; ++item) {
    if (counted[item]) pretended.push_back(item);
  }
  const std::size_t known = pretended.size();
  keep_sample(pretended, std::clamp<std::size_t>(known / 5, 1, kMostPretended), Rng(kColdSeed, "pretended"));
  std::vector<bool> others = counted;
  for (const ItemId item : pretended) others[item] = false;
  const SparseRows contents = cold_contents(pretended, inputs);
  const ColdFeatures features(pretended, contents, others, inputs.content.weights);
  std::vector<ColdQuestion> questions;
  std::size_t answers = 0, cold_targets = 0;
  for (const UserId user : users) {
    stop_if_requested(inputs.stop, "interrupted while learning about items without events");
    const ItemId target = split.corpus().items()[*split.target_of(user, Part::kValid)];
    cold_targets += is_cold(target) ? 1 : 0;
    if (is_cold(target)) continue;
    ColdQuestion& question = questions.emplace_back();
    question.features = features_of(split.history_for(user, Part::kValid), features);
    const auto found = std::ranges::lower_bound(pretended, target);
    if (found == pretended.end() || *found != target) continue;
    question.answer = static_cast<std::uint32_t>(found - pretended.begin());
    ++answers;
  }
  if (answers >= kFewAnswers) logit_ = fit_cold_logit(questions, pretended.size());
  // As much probability as validation targets are cold: a share that a few of them cannot move far from the one that
  // items like the known ones would have.
  double expected = 0;
  for (const UserId user : users) {
    const auto own = features_of(split.history_for(user, Part::kValid), features_);
    expected += cold_probabilities(logit_, own, features_.items().size()).all;
  }
  logit_.bias += std::log((static_cast<double>(cold_targets) + 1) / (expected + 1));
  log_info(fmt::format("{} items have no training event; {} of {} validation targets are such items",
                       features_.items().size(), cold_targets, users.size()));
}

std::vector<Candidate> ColdItemsSource::best(const CandidateQuery& query, std::size_t k, double& all) const {
  all = 0;
  if (empty()) return {};
  const std::vector<ColdFeature> features = features_of(query.history, features_);
  const ColdProbabilities p = cold_probabilities(logit_, features, features_.items().size());
  all = p.all;
  std::vector<Candidate> found;
  for (std::size_t i = 0; i < features.size(); ++i) {
    found.push_back({features_.items()[features[i].index], static_cast<float>(p.logs[i])});
  }
  std::erase_if(found, [&](const Candidate& candidate) { return !is_open(query, candidate.item); });
  if (found.size() < k) add_unknown(query, features, static_cast<float>(p.other), found);
  return top_k(std::move(found), k);
}

// Items that nothing is known of: they come last among the cold ones.
void ColdItemsSource::add_unknown(const CandidateQuery& query, std::span<const ColdFeature> features, float score,
                                  std::vector<Candidate>& found) const {
  auto known = features.begin();
  for (std::uint32_t i = 0; i < features_.items().size(); ++i) {
    if (known != features.end() && known->index == i) {
      ++known;
    } else if (is_open(query, features_.items()[i])) {
      found.push_back({features_.items()[i], score});
    }
  }
}

std::vector<std::vector<Candidate>> ColdItemsSource::retrieve(std::span<const CandidateQuery> queries,
                                                              std::size_t k) const {
  constexpr float kLast = -40;  // below every logarithm of a probability
  std::vector<std::vector<Candidate>> lists;
  double all = 0;
  for (const CandidateQuery& query : queries) {
    std::vector<Candidate>& list = lists.emplace_back(best(query, k, all));
    for (ItemId item = 0; item < item_count_ && list.size() < k; ++item) {
      if (!is_cold(item) && is_open(query, item)) list.push_back({item, kLast});
    }
  }
  sign(lists);
  return lists;
}

std::vector<Candidate> with_cold_items(std::vector<Candidate> list, std::span<const Candidate> cold,
                                       const ListScale& scale, double weight, std::size_t k) {
  for (const Candidate& candidate : cold) {
    Candidate placed = candidate;
    placed.score = static_cast<float>((candidate.score + std::log(weight) + scale.log_total) / scale.factor);
    list.push_back(placed);
  }
  std::ranges::stable_sort(list, std::greater<>(), &Candidate::score);
  if (list.size() > k) list.resize(k);
  return list;
}

}  // namespace p5
