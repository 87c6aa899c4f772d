#include "retrieval/embedding_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "p5/error.h"
#include "retrieval/indexed_source.h"
#include "retrieval/top_k.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using Kind = EmbeddingIndexOptions::Kind;

constexpr std::size_t kItems = 3000, kWidth = 16, kQueries = 40;

// Items in 50 clouds, as trained vectors are, and queries near the clouds.
std::vector<float> vectors(std::size_t count, const char* stream) {
  Rng centers(5, "centers"), rng(5, stream);
  std::vector<float> cloud(50 * kWidth), result(count * kWidth);
  for (float& value : cloud) value = static_cast<float>(centers.normal());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t center = rng.below(50);
    for (std::size_t d = 0; d < kWidth; ++d) {
      result[i * kWidth + d] = cloud[center * kWidth + d] + 0.4f * static_cast<float>(rng.normal());
    }
  }
  return result;
}

class EmbeddingIndexTest : public testing::TestWithParam<Kind> {
 protected:
  static EmbeddingIndexOptions options() { return {.kind = GetParam(), .lists = 50, .probes = 8, .search = 128}; }
  // By the definition.
  std::vector<ItemId> brute_force(std::size_t query, const std::set<ItemId>& left_out, std::size_t k) const {
    std::vector<float> scores(kItems);
    for (std::size_t item = 0; item < kItems; ++item) {
      for (std::size_t d = 0; d < kWidth; ++d) scores[item] += items_[item * kWidth + d] * queries_[query * kWidth + d];
      if (left_out.contains(static_cast<ItemId>(item))) scores[item] = kNotACandidate;
    }
    std::vector<ItemId> best;
    for (const Candidate& candidate : top_k(scores, k)) best.push_back(candidate.item);
    return best;
  }
  // The share of the true best that the lists hold.
  double recall(const std::vector<std::vector<Candidate>>& lists, const std::set<ItemId>& left_out,
                std::size_t k) const {
    std::size_t found = 0;
    for (std::size_t query = 0; query < kQueries; ++query) {
      const auto best = brute_force(query, left_out, k);
      for (const Candidate& candidate : lists[query]) {
        EXPECT_FALSE(left_out.contains(candidate.item));
        found += static_cast<std::size_t>(std::count(best.begin(), best.end(), candidate.item));
      }
    }
    return static_cast<double>(found) / static_cast<double>(kQueries * k);
  }
  double least_recall() const { return GetParam() == Kind::kExact || GetParam() == Kind::kFlat ? 1.0 : 0.9; }

  std::vector<float> items_ = vectors(kItems, "items"), queries_ = vectors(kQueries, "queries");
  ThreadPool pool_{2};
};

TEST_P(EmbeddingIndexTest, FindsTheLargestInnerProducts) {
  const EmbeddingIndex index(items_, kWidth, options(), 2);
  EXPECT_EQ(index.kind(), GetParam());
  const auto lists = index.search(queries_, std::vector<CandidateQuery>(kQueries), 10, pool_);
  EXPECT_GE(recall(lists, {}, 10), least_recall());
  for (const auto& list : lists) {
    ASSERT_EQ(list.size(), 10u);
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), [](auto& a, auto& b) { return a.score > b.score; }));
  }
}

TEST_P(EmbeddingIndexTest, ExcludedItemsDoNotComeBackHoweverManyTheyAre) {
  const EmbeddingIndex index(items_, kWidth, options(), 2);
  for (const std::size_t count : {std::size_t{30}, std::size_t{2500}}) {
    Rng rng(9, "excluded");
    std::vector<ItemId> excluded(kItems);
    std::iota(excluded.begin(), excluded.end(), ItemId{0});
    rng.shuffle(std::span(excluded));
    excluded.resize(count);
    excluded.push_back(kItems + 7);  // beyond the catalogue
    const std::vector<CandidateQuery> filters(kQueries, CandidateQuery{.exclude = excluded});
    const auto lists = index.search(queries_, filters, 10, pool_);
    const double enough = count > 1000 && (GetParam() == Kind::kIvf || GetParam() == Kind::kIvfPq)
                              ? 0.6
                              : least_recall();  // few are left in its lists
    EXPECT_GE(recall(lists, {excluded.begin(), excluded.end()}, 10), enough) << count;
  }
}

TEST_P(EmbeddingIndexTest, CandidatesAreRankedExactly) {
  const EmbeddingIndex index(items_, kWidth, options(), 2);
  std::vector<ItemId> candidates, others;
  for (ItemId item = 0; item < kItems; ++item) (item % 30 == 4 ? candidates : others).push_back(item);
  const std::vector<ItemId> exclude{candidates[3], candidates[50]};
  const std::vector<CandidateQuery> filters(kQueries, CandidateQuery{.exclude = exclude, .candidates = candidates});
  const auto lists = index.search(queries_, filters, 10, pool_);
  std::set<ItemId> left_out(others.begin(), others.end());
  left_out.insert(exclude.begin(), exclude.end());
  EXPECT_EQ(recall(lists, left_out, 10), 1.0);
}

TEST_P(EmbeddingIndexTest, ASavedIndexAnswersAsBefore) {
  const EmbeddingIndex index(items_, kWidth, options(), 1);
  const test::TemporaryFolder folder;
  const FittedOrigin origin{.source = "vectors", .data_sha256 = "1", .options = "none"};
  index.state().save(folder / "index.fit", origin);
  const EmbeddingIndex loaded(*FittedState::load(folder / "index.fit", origin), options());
  EXPECT_EQ(loaded.kind(), index.kind());
  const std::vector<CandidateQuery> filters(kQueries);
  const auto before = index.search(queries_, filters, 7, pool_), after = loaded.search(queries_, filters, 7, pool_);
  for (std::size_t query = 0; query < kQueries; ++query) {
    ASSERT_EQ(before[query].size(), after[query].size());
    for (std::size_t i = 0; i < 7; ++i) {
      EXPECT_EQ(before[query][i].item, after[query][i].item);
      EXPECT_EQ(before[query][i].score, after[query][i].score);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EmbeddingIndexTest,
                         testing::Values(Kind::kExact, Kind::kFlat, Kind::kIvf, Kind::kHnsw, Kind::kIvfPq));

TEST(EmbeddingIndex, IsExactBelowALimit) {
  const std::vector<float> items = vectors(100, "items");
  EXPECT_EQ(EmbeddingIndex(items, kWidth, {}).kind(), Kind::kExact);
  EXPECT_EQ(EmbeddingIndex(items, kWidth, {.exact_below = 100}).kind(), Kind::kHnsw);
  EXPECT_EQ(EmbeddingIndexOptions{}.chosen(2'000'000), Kind::kHnsw);
  EXPECT_EQ(EmbeddingIndexOptions{}.chosen(10'000'000), Kind::kIvfPq);
}

// Two bytes per item tell few apart: their scores are those of the vectors, and a longer short list finds more.
TEST(EmbeddingIndex, ShortListsOfCodesAreScoredExactly) {
  const std::vector<float> items = vectors(kItems, "items"), queries = vectors(kQueries, "queries");
  ThreadPool pool(1);
  const EmbeddingIndex exact(items, kWidth, {.kind = Kind::kExact});
  const std::vector<CandidateQuery> filters(kQueries);
  const auto wanted = exact.search(queries, filters, 10, pool);
  const auto found = [&](std::int64_t shortlist) {
    const EmbeddingIndex index(
        items, kWidth, {.kind = Kind::kIvfPq, .lists = 20, .probes = 20, .code_bytes = 2, .shortlist = shortlist});
    const auto lists = index.search(queries, filters, 10, pool);
    std::size_t hits = 0;
    for (std::size_t query = 0; query < kQueries; ++query) {
      EXPECT_EQ(lists[query].size(), 10u);
      for (const Candidate& candidate : lists[query]) {
        const auto vector = std::span(queries).subspan(query * kWidth, kWidth);
        EXPECT_EQ(candidate.score, exact.score(vector, candidate.item));
        hits += static_cast<std::size_t>(std::ranges::count(wanted[query], candidate.item, &Candidate::item));
      }
    }
    return hits;
  };
  const std::size_t few = found(1), many = found(kItems);
  EXPECT_LT(few, kQueries * 8);
  EXPECT_EQ(many, kQueries * 10);  // all lists, all of their items
}

// Codes take whole divisors of the width: 16 numbers are not 7 bytes, but 4.
TEST(EmbeddingIndex, CodesFitTheWidth) {
  const std::vector<float> items = vectors(kItems, "items");
  const auto size = [&](std::int64_t bytes) {
    return EmbeddingIndex(items, kWidth, {.kind = Kind::kIvfPq, .lists = 4, .code_bytes = bytes})
        .state()
        .get<std::uint8_t>("faiss")
        .size();
  };
  EXPECT_EQ(size(7), size(4));
  EXPECT_EQ(size(8) - size(4), 4 * kItems);
  EXPECT_EQ(size(0), size(8));
}

TEST(EmbeddingIndex, RefusesShapesThatDoNotFit) {
  const std::vector<float> items = vectors(10, "items");
  EXPECT_THROW(EmbeddingIndex(items, 7, {}), Error);
  ThreadPool pool(1);
  const EmbeddingIndex index(items, kWidth, {});
  EXPECT_THROW(index.search(items, std::vector<CandidateQuery>(3), 5, pool), Error);
}

// A source whose query is the vector of the last item of the history, and which adds to the scores of some items.
class LastItem final : public CandidateSource, public VectorSource {
 public:
  LastItem(std::vector<float> items, std::vector<ScoreCorrection> corrections)
      : items_(std::move(items)), corrections_(std::move(corrections)) {}
  std::string name() const override { return "last"; }
  std::size_t vector_width() const override { return kWidth; }
  std::vector<float> item_vectors() const override { return items_; }
  bool has_vector(const CandidateQuery& query) const override { return !query.history.empty(); }
  void query_vectors(std::span<const CandidateQuery> queries, std::span<float> out) const override {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const auto row = std::span(items_).subspan(queries[i].history.back() * kWidth, kWidth);
      std::copy(row.begin(), row.end(), out.begin() + static_cast<std::ptrdiff_t>(i * kWidth));
    }
  }
  std::vector<ScoreCorrection> corrections(const CandidateQuery&) const override { return corrections_; }

  using CandidateSource::score_all;
  bool score_all(const CandidateQuery& query, std::span<float> scores) const override {
    std::fill(scores.begin(), scores.end(), 0.0f);
    if (query.history.empty()) return true;
    EmbeddingIndex(items_, kWidth, {})
        .score_all(std::span(items_).subspan(query.history.back() * kWidth, kWidth), scores);
    for (const ScoreCorrection& correction : corrections_) scores[correction.item] += correction.amount;
    for (const ItemId item : query.exclude) scores[item] = kNotACandidate;
    return true;
  }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override {
    std::vector<std::vector<Candidate>> lists;
    for (const CandidateQuery& query : queries) {
      std::vector<float> scores(items_.size() / kWidth);
      score_all(query, scores);
      if (query.candidates.empty()) {
        lists.push_back(top_k(scores, k));
        continue;
      }
      std::vector<Candidate> candidates;
      for (const ItemId item : query.candidates) candidates.push_back({item, scores[item]});
      lists.push_back(top_k(std::move(candidates), k));
    }
    return lists;
  }

 private:
  std::vector<float> items_;
  std::vector<ScoreCorrection> corrections_;
};

class IndexedSourceTest : public testing::TestWithParam<Kind> {};

TEST_P(IndexedSourceTest, AnswersAsTheSourceItself) {
  const std::vector<float> items = vectors(200, "items");
  // One good item is pushed out of the lists, one far away comes in.
  const std::vector<ScoreCorrection> corrections{{17, -1000.0f}, {40, 1000.0f}, {41, 0.0f}};
  const LastItem exact(items, corrections);
  // So few items that IVF and HNSW find all there is to find.
  const EmbeddingIndexOptions options{.kind = GetParam(), .lists = 4, .probes = 4, .search = 200};
  const IndexedSource source(std::make_unique<LastItem>(items, corrections), {items, kWidth, options});
  EXPECT_EQ(source.name(), "last");
  const std::vector<ItemId> history{3, 17}, other{40}, exclude{40, 3}, few{5, 6, 17, 40};
  const std::vector<CandidateQuery> queries{
      {.history = history}, {.history = other, .exclude = exclude}, {}, {.history = other, .candidates = few}};
  const auto lists = source.retrieve(queries, 5), wanted = exact.retrieve(queries, 5);
  ASSERT_EQ(lists.size(), queries.size());
  for (std::size_t query = 0; query < lists.size(); ++query) {
    ASSERT_EQ(lists[query].size(), wanted[query].size()) << query;
    for (std::size_t i = 0; i < lists[query].size(); ++i) {
      EXPECT_EQ(lists[query][i].item, wanted[query][i].item) << query << " " << i;
      EXPECT_NEAR(lists[query][i].score, wanted[query][i].score, 1e-3);
      EXPECT_EQ(lists[query][i].source, &source);
    }
  }
  EXPECT_EQ(lists[0].front().item, 40u);
  EXPECT_NE(lists[1].front().item, 40u);
  std::vector<float> scores(200);
  EXPECT_EQ(source.score_all(queries[0], scores), GetParam() == Kind::kExact);
}

INSTANTIATE_TEST_SUITE_P(AllKinds, IndexedSourceTest,
                         testing::Values(Kind::kExact, Kind::kFlat, Kind::kIvf, Kind::kHnsw, Kind::kIvfPq));

}  // namespace
}  // namespace p5
