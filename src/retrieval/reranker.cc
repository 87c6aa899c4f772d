#include "retrieval/reranker.h"

#include <algorithm>
#include <array>

#include "p5/error.h"
#include "retrieval/calibrated_reranker.h"
#include "retrieval/dpp_reranker.h"
#include "retrieval/exploring_reranker.h"
#include "retrieval/mmr_reranker.h"

namespace p5 {
namespace {

std::unique_ptr<Reranker> make_mmr(const RerankOptions& options, const Split& split) {
  return std::make_unique<MmrReranker>(ItemSimilarity(split, options.similarity), options.strength);
}

std::unique_ptr<Reranker> make_dpp(const RerankOptions& options, const Split& split) {
  return std::make_unique<DppReranker>(ItemSimilarity(split, options.similarity), options.strength);
}

std::unique_ptr<Reranker> make_calibrated(const RerankOptions& options, const Split& split) {
  CategoryProfile profile(split.corpus().catalog());
  if (profile.categories().feature_count() == 0) {
    throw usage_error(
        "lists cannot be calibrated to categories",
        {.where = "rerank.method", .expected = "items with categories", .got = "a catalogue without any"});
  }
  return std::make_unique<CalibratedReranker>(std::move(profile), options.strength);
}

std::unique_ptr<Reranker> make_exploring(const RerankOptions& options, const Split&) {
  return std::make_unique<ExploringReranker>(make_exploration_policy(options), static_cast<std::size_t>(options.fixed),
                                             options.seed);
}

struct RerankerRow {
  RerankOptions::Method method;
  std::unique_ptr<Reranker> (*make)(const RerankOptions& options, const Split& split);
};

constexpr std::array kRerankers{RerankerRow{RerankOptions::Method::kMmr, make_mmr},
                                RerankerRow{RerankOptions::Method::kDpp, make_dpp},
                                RerankerRow{RerankOptions::Method::kCalibrate, make_calibrated},
                                RerankerRow{RerankOptions::Method::kShuffle, make_exploring},
                                RerankerRow{RerankOptions::Method::kEpsilon, make_exploring},
                                RerankerRow{RerankOptions::Method::kSoftmax, make_exploring},
                                RerankerRow{RerankOptions::Method::kSquareCb, make_exploring}};

}  // namespace

std::unique_ptr<Reranker> make_reranker(const RerankOptions& options, const Split& split) {
  if (RerankOptions::learns(options.method)) {
    throw usage_error("this order follows from what feedback has taught",
                      {.where = "rerank.method", .expected = "p5 serve or p5 recommend with --bandits FOLDER"});
  }
  for (const RerankerRow& row : kRerankers) {
    if (row.method == options.method) return row.make(options, split);
  }
  return nullptr;
}

std::vector<double> Reranker::propensities(const CandidateQuery& query, std::span<const Candidate> pool,
                                           std::span<const ItemId> list) const {
  const std::vector<RankedCandidate> own = rerank(query, pool, list.size());
  std::vector<double> all(list.size(), 0.0);
  for (std::size_t place = 0; place < own.size(); ++place) {
    all[place] = own[place].candidate.item == list[place] ? 1 : 0;
  }
  return all;
}

std::vector<double> relevance_of(std::span<const Candidate> pool) {
  std::vector<double> relevance(pool.size(), 1.0);
  if (pool.empty()) return relevance;
  const auto by_score = [](const Candidate& a, const Candidate& b) { return a.score < b.score; };
  const auto [least, most] = std::minmax_element(pool.begin(), pool.end(), by_score);
  const auto low = static_cast<double>(least->score), high = static_cast<double>(most->score);
  if (!(high > low)) return relevance;
  std::transform(pool.begin(), pool.end(), relevance.begin(),
                 [&](const Candidate& each) { return (static_cast<double>(each.score) - low) / (high - low); });
  return relevance;
}

std::vector<RankedCandidate> in_given_order(std::span<const Candidate> pool, std::size_t k) {
  std::vector<RankedCandidate> list;
  for (const Candidate& candidate : pool.first(std::min(k, pool.size()))) list.push_back({.candidate = candidate});
  return list;
}

}  // namespace p5
