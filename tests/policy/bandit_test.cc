// Policies that learn while they are served: policy/bandit_*.h.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "p5/error.h"
#include "policy/bandit_reranker.h"
#include "policy/bandit_states.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

// x of item i: a constant and whether it is item i, so that every item has a weight of its own.
class OneHot final : public BanditFeatures {
 public:
  explicit OneHot(std::size_t items) : items_(items) {}
  std::size_t count() const override { return 1 + items_; }
  FittedOrigin origin() const override { return {.source = "bandit", .data_sha256 = "any", .options = "one hot"}; }
  void write(const CandidateQuery&, std::span<const Candidate> pool, std::span<double> x) const override {
    std::ranges::fill(x, 0.0);
    for (std::size_t i = 0; i < pool.size(); ++i) {
      x[i * count()] = 1;
      x[i * count() + 1 + pool[i].item] = 1;
    }
  }

 private:
  std::size_t items_;
};

std::vector<Candidate> pool_of(std::size_t items) {
  std::vector<Candidate> pool;
  for (std::size_t i = 0; i < items; ++i) pool.push_back({static_cast<ItemId>(i), static_cast<float>(items - i)});
  return pool;
}

FittedOrigin origin() { return {.source = "bandit", .data_sha256 = "any", .options = "test"}; }

// Two features. Shown: (1, 0) twice and (0, 2); the first is clicked once, the other is worth 3.
// A = diag(1 + 2, 1 + 4), b = (1, 6).
TEST(BanditModel, EqualsRidgeRegressionWhateverComesFirst) {
  const test::TemporaryFolder folder;
  BanditModel model(folder.path() / "m", origin(), 2);
  model.decided("r1", {{"a", {1, 0}}, {"b", {0, 2}}});
  EXPECT_TRUE(model.rewarded("r1", "b", 3));
  model.decided("r2", {{"a", {1, 0}}});
  EXPECT_TRUE(model.rewarded("r2", "a", 1));
  EXPECT_FALSE(model.rewarded("r2", "b", 1)) << "not shown";
  EXPECT_FALSE(model.rewarded("r3", "a", 1)) << "no such list";
  EXPECT_TRUE(model.rewarded("r1", "b", 3)) << "the same again";
  model.decided("r1", {{"a", {1, 0}}});  // a request that was sent again
  const LinearBandit bandit = model.bandit();
  EXPECT_NEAR(bandit.theta()[0], 1.0 / 3, 1e-12);
  EXPECT_NEAR(bandit.theta()[1], 6.0 / 5, 1e-12);
  EXPECT_NEAR(bandit.uncertainty(std::vector<double>{1, 0}), std::sqrt(1.0 / 3), 1e-12);
  EXPECT_EQ(model.figures().lists, 2U);
  EXPECT_EQ(model.figures().items, 3U);
  EXPECT_EQ(model.figures().rewards, 2U);
}

TEST(BanditModel, IsReadBackWithTheListsThatWait) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "m";
  {
    BanditModel model(file, origin(), 2);
    EXPECT_FALSE(model.was_saved());
    model.decided("r1", {{"a", {1, 0}}, {"b", {0, 2}}});
    model.rewarded("r1", "b", 3);
    model.save();
  }
  BanditModel model(file, origin(), 2);
  EXPECT_TRUE(model.was_saved());
  EXPECT_EQ(model.figures().waiting, 1U);
  model.rewarded("r1", "b", 3);  // the store is read again from its begin
  model.rewarded("r1", "a", 1);  // and goes on
  EXPECT_NEAR(model.bandit().theta()[0], 1.0 / 2, 1e-12);
  EXPECT_NEAR(model.bandit().theta()[1], 6.0 / 5, 1e-12);
  EXPECT_EQ(model.figures().rewards, 2U);
  EXPECT_FALSE(BanditModel(file, {.source = "bandit", .data_sha256 = "any", .options = "other"}, 2).was_saved());
}

TEST(BanditModel, KeepsAsManyListsAsItMay) {
  const test::TemporaryFolder folder;
  BanditModel model(folder.path() / "m", origin(), 1, /*most_waiting=*/3);
  for (int i = 0; i < 10; ++i) model.decided(std::to_string(i), {{"a", {1}}});
  EXPECT_EQ(model.figures().waiting, 3U);
  EXPECT_FALSE(model.rewarded("6", "a", 1));
  EXPECT_TRUE(model.rewarded("7", "a", 1));
  EXPECT_TRUE(model.rewarded("9", "a", 1));
}

class BanditLists : public testing::Test {
 protected:
  BanditReranker reranker(RerankOptions::Method method, double strength, std::int64_t fixed = 0) const {
    return {{.method = method, .strength = strength, .fixed = fixed},
            features_,
            model_,
            split_->corpus().catalog(),
            BanditReranker::Use::kLearn};
  }

  static constexpr std::size_t kItems = 4;
  test::TemporaryFolder folder_;
  std::shared_ptr<const Split> split_ = std::make_shared<Split>(split_leave_one_out(
      std::make_shared<test::FakeCorpus>(test::FakeData{.histories = {{0, 1, 2, 3}}, .items = kItems})));
  std::shared_ptr<OneHot> features_ = std::make_shared<OneHot>(kItems);
  std::shared_ptr<BanditModel> model_ =
      std::make_shared<BanditModel>(folder_.path() / "m", features_->origin(), features_->count());
};

TEST_F(BanditLists, LinUcbPutsTheGreatestUpperBoundFirstAndDrawsNothing) {
  const auto pool = pool_of(kItems);
  const auto key = [&](ItemId item) { return std::string(split_->corpus().catalog().key(item)); };
  for (int i = 0; i < 40; ++i) {
    const std::string id = "r" + std::to_string(i);
    model_->decided(id, {{key(0), {1, 1, 0, 0, 0}}, {key(1), {1, 0, 1, 0, 0}}, {key(2), {1, 0, 0, 1, 0}}});
    if (i % 2 == 0) model_->rewarded(id, key(1), 1);
  }
  const auto greedy = reranker(RerankOptions::Method::kLinUcb, 0).rerank({}, pool, 4);
  EXPECT_EQ(greedy[0].candidate.item, 1U) << "it earned most";
  for (const RankedCandidate& each : greedy) EXPECT_EQ(each.propensity, 1);
  const auto bold = reranker(RerankOptions::Method::kLinUcb, 1).rerank({}, pool, 4);
  EXPECT_EQ(bold[0].candidate.item, 3U) << "it was never shown";
  // The order is that of theta x + alpha sqrt(x' A^-1 x).
  const LinearBandit bandit = model_->bandit();
  double last = 1e9;
  for (const RankedCandidate& each : bold) {
    std::vector<double> x(kItems + 1, 0.0);
    x[0] = x[1 + each.candidate.item] = 1;
    const double bound = bandit.predict(x) + bandit.uncertainty(x);
    EXPECT_LE(bound, last);
    last = bound;
  }
}

// Over many requests each item is first as often as the propensities of all requests say.
TEST_F(BanditLists, ThompsonDrawsAsItsPropensitiesSay) {
  const auto pool = pool_of(kItems);
  const BanditReranker thompson = reranker(RerankOptions::Method::kThompson, 1);
  std::map<ItemId, double> first, expected;
  constexpr int kRequests = 2000;
  double inverse = 0;
  for (int i = 0; i < kRequests; ++i) {
    const std::string draw = "r" + std::to_string(i);
    const BanditReranker asks({.method = RerankOptions::Method::kThompson, .strength = 1, .fixed = 0}, features_,
                              model_, split_->corpus().catalog(), BanditReranker::Use::kAsk);
    const auto list = asks.rerank({.draw = draw}, pool, 2);
    ++first[list[0].candidate.item];
    inverse += 1 / (list[0].propensity * list[1].propensity);
    for (ItemId item = 0; item < kItems; ++item) {
      expected[item] += asks.propensities({.draw = draw}, pool, std::vector<ItemId>{item})[0];
    }
    const std::vector<ItemId> shown{list[0].candidate.item, list[1].candidate.item};
    const auto again = asks.propensities({.draw = draw}, pool, shown);
    EXPECT_DOUBLE_EQ(again[0], list[0].propensity);
    EXPECT_DOUBLE_EQ(again[1], list[1].propensity);
  }
  for (ItemId item = 0; item < kItems; ++item) EXPECT_NEAR(first[item], expected[item], 90) << item;
  EXPECT_NEAR(inverse / kRequests, 12, 0.5) << "1 / propensity sums to the 4 * 3 lists of two";
}

TEST_F(BanditLists, TheModelHearsOfEachListOnce) {
  const auto pool = pool_of(kItems);
  const BanditReranker thompson = reranker(RerankOptions::Method::kThompson, 0.5, /*fixed=*/1);
  const auto list = thompson.rerank({.draw = "r"}, pool, 3);
  EXPECT_EQ(list[0].candidate.item, 0U) << "a fixed place";
  EXPECT_EQ(model_->figures().items, 3U);
  EXPECT_TRUE(model_->rewarded("r", split_->corpus().catalog().key(list[2].candidate.item), 1));
  thompson.rerank({}, pool, 3);  // without an id: nobody can reward it
  EXPECT_EQ(model_->figures().lists, 1U);
}

TEST(BanditStates, RewardsWaitForAModelThatIsReadLater) {
  const test::TemporaryFolder folder;
  const OneHot features(2);
  EXPECT_THROW(BanditStates(folder.path() / "none", BanditReranker::Use::kAsk), Error);
  {
    BanditStates states(folder.path() / "b", BanditReranker::Use::kLearn);
    states.model(features)->decided("r", {{"a", {1, 1, 0}}});
    states.save();
  }
  BanditStates states(folder.path() / "b", BanditReranker::Use::kLearn);
  states.rewarded("r", "a", 1);  // the daemon reads its store before it opens its runs
  EXPECT_EQ(states.model(features)->figures().rewards, 1U);
  BanditStates asks(folder.path() / "b", BanditReranker::Use::kAsk);
  EXPECT_EQ(asks.model(features)->figures().lists, 1U);
  EXPECT_THROW(BanditStates(folder.path() / "b", BanditReranker::Use::kAsk).model(OneHot(3)), Error)
      << "another number of features";
}

TEST(ShopFeatures, SayWhatAShopCanSee) {
  const auto corpus = std::make_shared<test::FakeCorpus>(
      test::FakeData{.histories = {{0, 1, 2, 3}, {0, 1, 3, 2}, {0, 2, 1, 3}}, .items = 5, .items_without_events = 1});
  const ShopFeatures features(split_leave_one_out(corpus));
  const std::vector<ItemId> history{1};
  const std::vector<Candidate> pool{{0, 3.0f}, {4, 1.0f}};
  std::vector<double> x(2 * features.count());
  features.write({.history = history}, pool, x);
  EXPECT_EQ(x[0], 1);
  EXPECT_EQ(x[1], 1) << "the best of the pool";
  EXPECT_EQ(x[2], 1) << "the most popular item of all";
  EXPECT_EQ(x[4],
            static_cast<double>(ItemSimilarity(split_leave_one_out(corpus), ItemSimilarity::Basis::kUsers).of(0, 1)));
  EXPECT_EQ(x[5], 0);
  EXPECT_NEAR(x[6], std::log(2) / std::log(201), 1e-12);
  EXPECT_EQ(x[7], x[6]);
  EXPECT_EQ(x[8 + 1], 0);
  EXPECT_EQ(x[8 + 5], 1) << "nobody had it in training";
}

// Items on two axes, users as their last item: the products of each entry.
class TwoAxes final : public VectorSource {
 public:
  std::size_t vector_width() const override { return 2; }
  std::vector<float> item_vectors() const override { return {1, 0, 0.5f, 2}; }
  bool has_vector(const CandidateQuery& query) const override { return !query.history.empty(); }
  void query_vectors(std::span<const CandidateQuery>, std::span<float> vectors) const override {
    vectors[0] = 3;
    vectors[1] = -1;
  }
};

TEST(EncoderFeatures, AreTheProductsOfEachEntry) {
  const TwoAxes encoder;
  const EncoderFeatures features(encoder);
  const std::vector<ItemId> history{0};
  const std::vector<Candidate> pool{{1, 2.0f}, {0, 1.0f}, {7, 0.0f}};
  std::vector<double> x(3 * features.count());
  features.write({.history = history}, pool, x);
  EXPECT_EQ(x, (std::vector<double>{1, 1, 1.5, -2, 1, 0.5, 3, 0, 1, 0, 0, 0})) << "an item that it does not know is 0";
  features.write({}, pool, x);
  EXPECT_EQ(x[2], 0) << "nothing is known of the user";
}

}  // namespace
}  // namespace p5
