#include "pipeline/initial_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "model/weight_taker.h"
#include "p5/error.h"
#include "pipeline/import_stage.h"
#include "pipeline/index_stage.h"
#include "support/fake_sequence_model.h"
#include "support/temporary_folder.h"
#include "t5/model_batches.h"
#include "t5/random_checkpoint.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

// Runs whose items and users have tokens of their own, over worlds that share some of them.
class InitialWeightsTest : public testing::Test {
 protected:
  struct Run {
    DataSplits data;
    ModelBundle bundle;
  };

  Run make_run(const std::string& name, int users, int items) {
    simulate_corpus({.users = users, .items = items, .events = 700, .seed = 5}, folder_ / (name + "-world"),
                    AtomicDirectory::Existing::kRefuse);
    RunConfig config;
    config.text.pieces = 300;
    config.text.user_tokens = true;
    config.text.prompts = {std::string(P5_SOURCE_DIR) + "/prompts"};
    config.index.scheme = "independent";
    Run run{open_data(folder_ / (name + "-world"), config.split), {}};
    run.bundle = build_bundle(config, run.data, folder_ / (name + "-world"));
    run.bundle.save(folder_ / name / "bundle");
    test::write_random_checkpoint(ModelBundle::model_folder(folder_ / name / "bundle"),
                                  test::nano(static_cast<std::int64_t>(run.bundle.vocabulary->size())), 3);
    return run;
  }

  // The text of a piece, "item <key>", "user <key>", or "sentinel <n>".
  static std::string meaning_of(const Run& run, std::int32_t token) {
    const Vocabulary& vocabulary = *run.bundle.vocabulary;
    const auto pieces = static_cast<std::int32_t>(vocabulary.tokenizer().size());
    if (token < pieces) return std::string(vocabulary.tokenizer().piece(token));
    if (token < vocabulary.items().begin) return "sentinel " + std::to_string(token - pieces);
    for (ItemId item = 0; item < run.bundle.index->size(); ++item) {
      if (run.bundle.index->path(item).front() != token) continue;
      return "item " + std::string(run.data.corpus->catalog().key(item));
    }
    for (UserId user = 0; user < run.data.corpus->user_count(); ++user) {
      if (vocabulary.users().begin + static_cast<TokenId>(user) != token) continue;
      return "user " + std::string(run.data.corpus->user_key(user));
    }
    return "nothing";
  }

  test::TemporaryFolder folder_;
};

TEST_F(InitialWeightsTest, RowsAreMatchedByWhatTheyMean) {
  const Run theirs = make_run("theirs", 50, 40), ours = make_run("ours", 60, 30);
  const InitialWeights weights = find_initial_weights(folder_ / "theirs", ours.bundle, *ours.data.corpus);
  ASSERT_EQ(weights.source_rows.size(), ours.bundle.vocabulary->size());
  std::size_t items = 0, users = 0, pieces = 0, fresh = 0;
  for (std::size_t token = 0; token < weights.source_rows.size(); ++token) {
    const std::string meaning = meaning_of(ours, static_cast<std::int32_t>(token));
    if (weights.source_rows[token] < 0) {
      ++fresh;
      continue;
    }
    EXPECT_EQ(meaning, meaning_of(theirs, weights.source_rows[token]));
    items += meaning.starts_with("item ") ? 1 : 0;
    users += meaning.starts_with("user ") ? 1 : 0;
    pieces += token < 300 ? 1 : 0;
  }
  EXPECT_GT(items, 20u);
  EXPECT_GT(users, 40u);
  EXPECT_GT(pieces, 100u);
  EXPECT_GT(fresh, 0u) << "ten users are new";
  EXPECT_THAT(weights.summary, testing::HasSubstr("100 of 100 sentinels"));
}

// The run has its keys; only one of an earlier p5 has none, and then its corpus is asked.
TEST_F(InitialWeightsTest, TheCorpusOfTheOtherRunIsNotNeededUnlessTheRunHasNoKeys) {
  make_run("theirs", 50, 40);
  const Run ours = make_run("ours", 60, 30);
  const auto before = find_initial_weights(folder_ / "theirs", ours.bundle, *ours.data.corpus).source_rows;
  fs::remove(folder_ / "theirs" / "bundle" / "keys.fit");
  fs::remove(folder_ / "theirs" / "bundle" / "checksums.json");  // an earlier p5 wrote neither
  EXPECT_EQ(find_initial_weights(folder_ / "theirs", ours.bundle, *ours.data.corpus).source_rows, before);
  fs::remove_all(folder_ / "theirs-world");
  const InitialWeights weights = find_initial_weights(folder_ / "theirs", ours.bundle, *ours.data.corpus);
  const auto first_id = static_cast<std::size_t>(ours.bundle.vocabulary->items().begin);
  for (std::size_t token = first_id; token < weights.source_rows.size(); ++token) {
    EXPECT_EQ(weights.source_rows[token], -1);
  }
  EXPECT_EQ(weights.source_rows[0], 0);
}

TEST_F(InitialWeightsTest, NewItemsBeginAsWhatReadsLikeThem) {
  make_run("theirs", 50, 20);
  const Run ours = make_run("ours", 60, 40);
  const InitialWeights weights = find_initial_weights(folder_ / "theirs", ours.bundle, *ours.data.corpus);
  const TokenVectors fresh = new_item_vectors(weights, ours.bundle, *ours.data.corpus);
  const TokenRange items = ours.bundle.vocabulary->items();
  std::size_t unknown = 0;
  for (TokenId token = items.begin; token < items.end; ++token) {
    const bool is_new = weights.source_rows[static_cast<std::size_t>(token)] < 0;
    unknown += is_new ? 1 : 0;
    EXPECT_EQ(std::ranges::find(fresh.tokens, token) != fresh.tokens.end(), is_new);
  }
  EXPECT_GT(unknown, 0u);
  ASSERT_EQ(fresh.vectors.size() % fresh.tokens.size(), 0u);
  EXPECT_TRUE(std::ranges::any_of(fresh.vectors, [](float value) { return value != 0; }));
}

TEST_F(InitialWeightsTest, EarlierSourcesAreThoseOfARunWhoseItemsComeFirst) {
  const Run theirs = make_run("theirs", 50, 40);
  ModelBundle ours = theirs.bundle;
  KnownKeys more = *theirs.bundle.keys;
  more.items.add("another");
  ours.keys = std::make_shared<const KnownKeys>(more);
  EXPECT_TRUE(earlier_sources(folder_ / "theirs", ours).empty()) << "it has no sources";
  fs::create_directories(folder_ / "theirs" / "sources");
  EXPECT_EQ(earlier_sources(folder_ / "theirs", ours), folder_ / "theirs" / "sources");
  EXPECT_TRUE(earlier_sources({}, ours).empty());
  KnownKeys other;
  other.items.add("another");
  for (std::size_t i = 0; i < theirs.bundle.keys->items.size(); ++i) other.items.add(theirs.bundle.keys->items[i]);
  ours.keys = std::make_shared<const KnownKeys>(other);
  EXPECT_TRUE(earlier_sources(folder_ / "theirs", ours).empty());
}

TEST_F(InitialWeightsTest, AT5BringsItsPieces) {
  const Run ours = make_run("ours", 60, 30);
  const fs::path t5 = folder_ / "t5";
  test::write_random_checkpoint(t5, test::nano(512), 3);
  fs::copy_file(folder_ / "ours" / "bundle" / "vocabulary" / "spiece.model", t5 / "spiece.model");
  const InitialWeights weights = find_initial_weights(t5, ours.bundle, *ours.data.corpus);
  for (std::size_t token = 0; token < 400; ++token) {
    EXPECT_EQ(weights.source_rows[token], static_cast<std::int32_t>(token));
  }
  for (std::size_t token = 400; token < weights.source_rows.size(); ++token) EXPECT_EQ(weights.source_rows[token], -1);
}

TEST_F(InitialWeightsTest, FoldersWithoutWeightsAndModelsThatCannotTakeThemAreRefused) {
  const Run ours = make_run("ours", 60, 30);
  const auto code = [&](const fs::path& init) {
    try {
      find_initial_weights(init, ours.bundle, *ours.data.corpus);
    } catch (const Error& error) {
      EXPECT_EQ(error.subject(), ErrorSubject::kModel);
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  EXPECT_EQ(code(folder_ / "nowhere"), ErrorCode::kNotFound);
  const fs::path small = folder_ / "small";  // fewer rows than its spiece.model has pieces
  test::write_random_checkpoint(small, test::nano(96), 3);
  fs::copy_file(folder_ / "ours" / "bundle" / "vocabulary" / "spiece.model", small / "spiece.model");
  EXPECT_EQ(code(small), ErrorCode::kCorrupted);
  auto fake = test::FakeSequenceModel::random(10);
  EXPECT_THROW(begin_from({}, ours.bundle, *ours.data.corpus, fake), Error);
}

}  // namespace
}  // namespace p5
