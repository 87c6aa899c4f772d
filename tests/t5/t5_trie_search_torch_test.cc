// The search that keeps the trie beside the model, against the search that asks for each token.
#include "t5/t5_trie_search_module.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "decode/evidence_constraint.h"
#include "decode/excluding_constraint.h"
#include "decode/prefix_constraint.h"
#include "p5/error.h"
#include "t5/batch_tensors_module.h"
#include "t5/model_batches.h"
#include "t5/t5_scorer_module.h"

namespace p5 {
namespace {

using namespace p5::test;

struct PathShape {
  std::size_t items = 60, shortest = 3, longest = 3, tokens = 6;
};

ItemIndex random_index(const PathShape& shape, Rng& rng) {
  std::set<std::vector<TokenId>> paths;
  while (paths.size() < shape.items) {
    std::vector<TokenId> path(shape.shortest + rng.below(shape.longest - shape.shortest + 1));
    for (auto& token : path) token = static_cast<TokenId>(3 + rng.below(shape.tokens));
    paths.insert(path);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < shape.items; ++i) names.push_back("item_" + std::to_string(i));
  return {"test", {paths.begin(), paths.end()}, names};
}

// A world of a model, a trie and, per source, what is closed and known.
class TrieSearchTest : public testing::Test {
 protected:
  static constexpr std::size_t kSources = 4;

  void make(const PathShape& shape, std::uint64_t seed) {
    Rng rng(seed, "trie search");
    index_ = std::make_unique<ItemIndex>(random_index(shape, rng));
    trie_ = std::make_unique<ItemTrie>(*index_);
    T5Spec spec = nano();
    spec.initializer_embedding = 0.2;  // logits that leave no token certain, so that searches have no ties
    spec.evidence_depths = 4;
    spec.evidence_ages = 3;
    module_ = std::make_shared<T5Module>(spec);
    module_->initialize(seed);
    module_->eval();
    const TokenBatch batch = random_batch({{14, 0}, {6, 0}, {9, 0}, {11, 0}}, static_cast<std::uint32_t>(seed));
    sources_ = source_tensors(batch, spec, torch::kCPU);
    for (std::size_t source = 0; source < kSources; ++source) add_limits(shape.items, rng);
  }

  std::vector<std::vector<Hypothesis>> found(std::shared_ptr<DeviceTrieCache> tries, std::int32_t beams) {
    std::vector<const TokenConstraint*> constraints;
    for (const auto& constraint : constraints_) constraints.push_back(constraint.get());
    const BeamOptions options{
        .beams = beams, .max_length = static_cast<std::int32_t>(longest_given_ + trie_->depth()), .rules = {}};
    const bool itself = tries != nullptr;
    T5Scorer scorer(module_, sources_, std::move(tries));
    EXPECT_EQ(scorer.search_trie(constraints, options).has_value(), itself);
    return beam_search(scorer, constraints, options);
  }

  // Answers begin with other numbers of tokens each.
  void begin_with_tokens() {
    given_ = {{7, 8, 9, 10}, {}, {11, 12}, {13}};
    longest_given_ = 4;
    for (std::size_t i = 0; i < kSources; ++i) {
      middle_.push_back(std::move(constraints_[i]));
      constraints_[i] = std::make_unique<PrefixConstraint>(given_[i], *middle_.back(),
                                                           static_cast<TokenConstraint::State>(trie_->node_count()));
    }
  }

  void expect_equal_searches(std::int32_t beams) {
    const auto expected = found(nullptr, beams), got = found(std::make_shared<DeviceTrieCache>(), beams);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t source = 0; source < got.size(); ++source) {
      ASSERT_EQ(got[source].size(), expected[source].size()) << source;
      ASSERT_FALSE(got[source].empty());
      for (std::size_t i = 0; i < got[source].size(); ++i) {
        EXPECT_EQ(got[source][i].tokens, expected[source][i].tokens) << source << " " << i;
        EXPECT_EQ(got[source][i].state, expected[source][i].state);
        EXPECT_NEAR(got[source][i].score, expected[source][i].score, 1e-4);
        EXPECT_TRUE(got[source][i].finished);
      }
    }
  }

  std::unique_ptr<ItemIndex> index_;
  std::unique_ptr<ItemTrie> trie_;
  std::shared_ptr<T5Module> module_;
  SourceTensors sources_;
  std::vector<std::unique_ptr<TrieEvidence>> evidence_;
  std::vector<std::unique_ptr<TokenConstraint>> inner_, middle_, constraints_;
  std::vector<std::vector<TokenId>> given_;
  std::size_t longest_given_ = 0;

 private:
  // Sources in turn: everything open; some items closed; some known; both.
  void add_limits(std::size_t items, Rng& rng) {
    const std::size_t source = constraints_.size();
    std::vector<ItemId> excluded;
    std::vector<KnownItem> known;
    for (ItemId item = 0; item < items; ++item) {
      if (source % 2 == 1 && rng.below(3) == 0) excluded.push_back(item);
      if (source >= 2 && rng.below(4) == 0) {
        known.push_back({.item = item, .share = 0.1f, .age = static_cast<std::int16_t>(item % 4 == 0 ? 1 : -1)});
      }
    }
    inner_.push_back(std::make_unique<ExcludingConstraint>(*trie_, *index_, excluded));
    evidence_.push_back(std::make_unique<TrieEvidence>(*trie_, *index_, known, EvidenceScale{}));
    constraints_.push_back(std::make_unique<EvidenceConstraint>(*inner_.back(), *evidence_.back()));
  }
};

TEST_F(TrieSearchTest, FindsWhatStepByStepSearchesFind) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    for (const std::int32_t beams : {1, 5, 20}) {
      constraints_.clear();
      inner_.clear();
      evidence_.clear();
      make({}, seed);
      expect_equal_searches(beams);
    }
  }
}

TEST_F(TrieSearchTest, IdsOfOneToken) {
  make({.items = 50, .shortest = 1, .longest = 1, .tokens = 60}, 4);
  expect_equal_searches(7);
}

TEST_F(TrieSearchTest, AnswersThatBeginWithGivenTokens) {
  for (const std::size_t longest : {1, 3}) {
    constraints_.clear();
    inner_.clear();
    middle_.clear();
    evidence_.clear();
    make({.items = 40, .shortest = longest, .longest = longest, .tokens = 45}, 9);
    begin_with_tokens();
    expect_equal_searches(5);
  }
}

TEST_F(TrieSearchTest, IdsOfSeveralLengths) {
  make({.items = 40, .shortest = 1, .longest = 4, .tokens = 4}, 5);
  expect_equal_searches(40);  // enough to find everything
}

TEST_F(TrieSearchTest, PartsAndPaddingChangeNothing) {
  make({.items = 50, .shortest = 2, .longest = 2, .tokens = 9}, 6);
  begin_with_tokens();
  const c10::InferenceMode guard;
  const DeviceTrie trie(*trie_, torch::kCPU);
  std::vector<TrieLimits> limits(constraints_.size());
  for (std::size_t i = 0; i < limits.size(); ++i) ASSERT_TRUE(constraints_[i]->describe(limits[i]));
  const auto search = [&](const T5TrieSearch::Options& options) {
    return T5TrieSearch(*module_, trie, module_->encode(sources_), additive_mask(sources_.mask), nullptr, options)
        .run(limits, 5);
  };
  const auto together = search({});
  // One by one, and brought to the shapes of recorded searches.
  for (const auto& other : {search({.most_scores = 1}), search({.pad_few = true})}) {
    for (std::size_t source = 0; source < together.size(); ++source) {
      ASSERT_EQ(together[source].size(), other[source].size());
      for (std::size_t i = 0; i < together[source].size(); ++i) {
        EXPECT_EQ(together[source][i].state, other[source][i].state);
        EXPECT_NEAR(together[source][i].score, other[source][i].score, 1e-5);
      }
    }
  }
}

TEST_F(TrieSearchTest, KeepsTheTrieThatWasSearchedLast) {
  make({.items = 50, .shortest = 2, .longest = 2, .tokens = 9}, 6);
  const auto tries = std::make_shared<DeviceTrieCache>();
  const auto trie = tries->of(*trie_, torch::kCPU);
  EXPECT_EQ(tries->of(*trie_, torch::kCPU), trie);  // kept
  EXPECT_NE(tries->of(ItemTrie(*index_), torch::kCPU), trie);
}

TEST_F(TrieSearchTest, WhatItCannotDoIsLeftToOthers) {
  make({}, 7);
  T5Scorer scorer(module_, sources_, std::make_shared<DeviceTrieCache>());
  std::vector<const TokenConstraint*> constraints;
  for (const auto& constraint : constraints_) constraints.push_back(constraint.get());
  EXPECT_FALSE(scorer.search_trie({}, {.rules = {}}).has_value());
  EXPECT_FALSE(scorer.search_trie(constraints, {.length_penalty = 0.5f, .rules = {}}).has_value());
  EXPECT_FALSE(scorer.search_trie(constraints, {.max_length = 2, .rules = {}}).has_value());
  const ItemTrie other(*index_);
  const TrieConstraint elsewhere(other);
  constraints.back() = &elsewhere;
  EXPECT_FALSE(scorer.search_trie(constraints, {.rules = {}}).has_value());
}

TEST_F(TrieSearchTest, OutputThatIsNotANumberIsAnError) {
  make({}, 8);
  {
    const torch::NoGradGuard guard;
    module_->weights().front().tensor.fill_(std::numeric_limits<float>::quiet_NaN());
  }
  EXPECT_THROW(found(std::make_shared<DeviceTrieCache>(), 5), Error);
}

}  // namespace
}  // namespace p5
