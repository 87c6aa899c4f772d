#include "pipeline/index_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "p5/error.h"
#include "pipeline/import_stage.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"
#include "task/task_families.h"

namespace p5 {
namespace {

RunConfig small_config() {
  RunConfig config;
  config.text.pieces = 300;
  config.text.prompts = {std::string(P5_SOURCE_DIR) + "/prompts"};
  config.task.candidates = 10;
  return config;
}

// A simulated world, and the histories of the same world.
class IndexStageTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder();
    simulate_corpus({.users = 60, .items = 40, .events = 700, .seed = 3}, *folder_ / "world",
                    AtomicDirectory::Existing::kRefuse);
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static std::filesystem::path world() { return *folder_ / "world"; }

  static test::FakeData histories_of(const Corpus& corpus) {
    test::FakeData data{.histories = {}, .items = corpus.item_count()};
    for (ItemId item = 0; item < corpus.item_count(); ++item) {
      data.titles.emplace_back(corpus.catalog().title(item));
      const auto categories = corpus.catalog().categories(item);
      data.categories.emplace_back(categories.begin(), categories.end());
    }
    for (UserId user = 0; user < corpus.user_count(); ++user) {
      data.histories.emplace_back(corpus.items_of(user).begin(), corpus.items_of(user).end());
      data.ratings.emplace_back(corpus.ratings().begin() + static_cast<std::ptrdiff_t>(corpus.range_of(user).begin),
                                corpus.ratings().begin() + static_cast<std::ptrdiff_t>(corpus.range_of(user).end));
    }
    return data;
  }
  static DataSplits splits_of(test::FakeData data) {
    const auto corpus = std::make_shared<const test::FakeCorpus>(std::move(data));
    const auto ranking = std::make_shared<const Split>(split_leave_one_out(corpus));
    return {corpus, ranking, std::make_shared<const Split>(split_by_ratio(corpus, {}, ranking.get()))};
  }

  static test::TemporaryFolder* folder_;
};
test::TemporaryFolder* IndexStageTest::folder_ = nullptr;

void expect_same_ids(const ModelBundle& one, const ModelBundle& other) {
  ASSERT_EQ(one.index->size(), other.index->size());
  for (ItemId item = 0; item < one.index->size(); ++item) {
    ASSERT_EQ(one.index->name(item), other.index->name(item)) << item;
    ASSERT_TRUE(std::ranges::equal(one.index->path(item), other.index->path(item))) << item;
  }
}

TEST_F(IndexStageTest, UsersHaveTokensBehindThoseOfItemsWhereTheyAreAskedFor) {
  RunConfig config = small_config();
  const DataSplits data = open_data(world(), config.split);
  const ModelBundle spelled = build_bundle(config, data, world());
  config.text.user_tokens = true;
  const ModelBundle bundle = build_bundle(config, data, world());
  expect_same_ids(spelled, bundle);
  const auto names = bundle.vocabulary->id_tokens();
  ASSERT_EQ(names.size(), spelled.vocabulary->id_tokens().size() + data.corpus->user_count());
  EXPECT_EQ(names.back(), "user_" + std::to_string(data.corpus->user_count()));
  EXPECT_EQ(*bundle.vocabulary->id_token(names.back()) + 1, static_cast<TokenId>(bundle.vocabulary->size()));
  EXPECT_FALSE(spelled.vocabulary->id_token(names.back()).has_value());
  EXPECT_EQ(bundle.vocabulary->users().size(), data.corpus->user_count());
  EXPECT_EQ(bundle.vocabulary->items(), spelled.vocabulary->items());
  EXPECT_EQ(spelled.vocabulary->users().size(), 0u);
}

TEST_F(IndexStageTest, GivesEveryItemAnIdAndKeepsTheOptions) {
  RunConfig config = small_config();
  config.decode.beams = 33;
  config.task.max_history = 9;
  const DataSplits data = open_data(world(), config.split);
  const ModelBundle bundle = build_bundle(config, data, world());
  EXPECT_EQ(bundle.index->size(), 40u);
  EXPECT_EQ(bundle.decode.beams, 33);
  EXPECT_EQ(bundle.task.max_history, 9);
  EXPECT_EQ(bundle.catalog_sha256, catalog_sha256(data.corpus->catalog()));
  EXPECT_TRUE(std::filesystem::path(bundle.corpus).is_absolute());
  for (ItemId item = 0; item < 40; ++item) {
    for (const TokenId token : bundle.index->path(item)) {
      EXPECT_LT(static_cast<std::size_t>(token), bundle.vocabulary->size());
      EXPECT_GT(token, kUnknownToken);
    }
  }
}

TEST_F(IndexStageTest, TheSameInputGivesTheSameBundle) {
  const DataSplits data = open_data(world(), {});
  const ModelBundle one = build_bundle(small_config(), data, world()),
                    other = build_bundle(small_config(), data, world());
  expect_same_ids(one, other);
  EXPECT_EQ(one.vocabulary->size(), other.vocabulary->size());
  for (std::size_t token = 0; token < one.vocabulary->tokenizer().size(); ++token) {
    ASSERT_EQ(one.vocabulary->tokenizer().piece(static_cast<TokenId>(token)),
              other.vocabulary->tokenizer().piece(static_cast<TokenId>(token)));
  }
}

TEST_F(IndexStageTest, PromptsOfFamiliesThatAreOffMayBeMissing) {
  RunConfig config = small_config();
  config.text.prompts = {};
  config.text.only_prompts = {(*folder_ / "rating.toml").string()};
  write_file_atomically(*folder_ / "rating.toml",
                        "family = \"rating\"\n[[prompt]]\nid = \"1-7\"\ntask = \"star\"\n"
                        "source = \"{user_description} on {item_title}\"\ntarget = \"{rating}\"\n");
  config.answer.rating_prompt = "1-7";
  const DataSplits data = open_data(world(), config.split);
  config.task.direct_samples = 0;
  EXPECT_THROW(build_bundle(config, data, world()), Error) << "sequential is on and has no prompt";
  config.task.sequential_samples = 0;
  EXPECT_EQ(build_bundle(config, data, world()).prompts->all().size(), 1u);
}

// The guard against leaks: users' last items decide no id.
TEST_F(IndexStageTest, ValidationAndTestItemsDecideNoId) {
  const auto corpus = Corpus::open(world());
  const test::FakeData data = histories_of(*corpus);
  test::FakeData shuffled = data;
  Rng rng(5, "other ends");
  std::size_t changed = 0;
  for (auto& history : shuffled.histories) {
    if (history.size() < 3) continue;
    for (std::size_t i = history.size() - 2; i < history.size(); ++i) {
      const auto other = static_cast<ItemId>(rng.below(data.items));
      changed += other != history[i];
      history[i] = other;
    }
  }
  ASSERT_GT(changed, 50u);
  // The tokenizer is trained anew for both: it reads no interactions.
  for (const std::string& scheme : item_schemes()) {
    RunConfig config = small_config();
    config.index.scheme = scheme;
    SCOPED_TRACE(scheme);
    expect_same_ids(build_bundle(config, splits_of(data), world()), build_bundle(config, splits_of(shuffled), world()));
  }
}

std::vector<std::string> pieces_of(const ModelBundle& bundle) {
  std::vector<std::string> pieces;
  for (std::size_t token = 0; token < bundle.vocabulary->tokenizer().size(); ++token) {
    pieces.emplace_back(bundle.vocabulary->tokenizer().piece(static_cast<TokenId>(token)));
  }
  return pieces;
}

// Pitfall 3 for the vocabulary: validation and test reviews make no piece, training reviews do where a family reads
// them.
TEST_F(IndexStageTest, Pitfall03PiecesComeFromTrainingReviewsAlone) {
  const auto corpus = Corpus::open(world());
  test::FakeData data = histories_of(*corpus);
  const DataSplits plain = splits_of(data);
  const auto told = [&](Part changed) {
    test::FakeData texts = data;
    std::size_t interaction = 0;
    for (const auto& history : texts.histories) {
      auto& reviews = texts.reviews.emplace_back();
      for (std::size_t i = 0; i < history.size(); ++i, ++interaction) {
        const bool other = plain.reviews->part_of(interaction) == changed;
        reviews.push_back(other ? "Quokkaquokka quokkaquokka!" : "The sound is warm and the strap is soft.");
      }
    }
    return splits_of(std::move(texts));
  };
  RunConfig config = small_config();
  config.task.review_samples = config.task.explanation_samples = 1;
  config.text.pieces = 400;
  const auto train = pieces_of(build_bundle(config, told(Part::kTrain), world())),
             valid = pieces_of(build_bundle(config, told(Part::kValid), world())),
             test = pieces_of(build_bundle(config, told(Part::kTest), world()));
  EXPECT_EQ(valid, test);
  EXPECT_NE(train, test);
  const auto mentions = [](const std::vector<std::string>& pieces) {
    return std::ranges::any_of(pieces, [](const auto& piece) { return piece.find("uokka") != std::string::npos; });
  };
  EXPECT_TRUE(mentions(train));
  EXPECT_FALSE(mentions(test));
}

TEST_F(IndexStageTest, ABundleReadsBackAndKnowsItsData) {
  const test::TemporaryFolder folder;
  const ModelBundle built = build_bundle(small_config(), open_data(world(), {}), world());
  built.save(folder / "bundle");
  const ModelBundle read = ModelBundle::load(folder / "bundle");
  expect_same_ids(built, read);
  EXPECT_EQ(open_bundle_data(read, {}).corpus->item_count(), 40u);
  EXPECT_EQ(read.data_sha256, open_bundle_data(read, {}).corpus->info().data_sha256);
  EXPECT_EQ(read.data_sha256.size(), 64u);
  // One that has gained items is used, with the known ones first.
  simulate_corpus({.users = 60, .items = 50, .events = 700, .seed = 4}, folder / "grown",
                  AtomicDirectory::Existing::kRefuse);
  const auto grown = open_bundle_data(read, folder / "grown").corpus;
  ASSERT_GT(grown->item_count(), 40u);
  for (ItemId item = 0; item < 40; ++item) EXPECT_EQ(grown->catalog().key(item), read.keys->items[item]);
  simulate_corpus({.users = 60, .items = 30, .events = 700, .seed = 4}, folder / "other",
                  AtomicDirectory::Existing::kRefuse);
  try {
    open_bundle_data(read, folder / "other");
    FAIL() << "another catalogue was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 4);
    EXPECT_THAT(error.what(), testing::HasSubstr("other"));
    EXPECT_THAT(error.what(), testing::HasSubstr("40 items in training, 30 now (gone: "));
  }
}

TEST_F(IndexStageTest, TheRunsOwnEncoderIsTrainedOnceAndItsVectorsMakeTheGroups) {
  const test::TemporaryFolder folder;
  RunConfig config = small_config();
  config.index.scheme = "kmeans-tree";
  config.index.clusters = 6;
  config.index.leaf = 6;
  config.sources.encoder.width = 8;
  config.sources.encoder.epochs = 1;
  config.device.threads = 1;
  const DataSplits data = open_data(world(), config.split);
  EXPECT_FALSE(makes_ids_of_own_encoder(config));
  const ModelBundle of_words = build_bundle(config, data, world(), folder / "none");
  EXPECT_FALSE(std::filesystem::exists(folder / "none"));

  config.item_vectors.views = {"encoder=2"};
  ASSERT_TRUE(makes_ids_of_own_encoder(config));
  const ModelBundle ids = build_bundle(config, data, world(), folder / "kept");
  const auto written = std::filesystem::last_write_time(folder / "kept" / "encoder.fit");
  const auto same_paths = [](const ModelBundle& one, const ModelBundle& other) {
    for (ItemId item = 0; item < 40; ++item) {
      if (!std::ranges::equal(one.index->path(item), other.index->path(item))) return false;
    }
    return true;
  };
  EXPECT_FALSE(same_paths(ids, of_words));
  expect_same_ids(ids, build_bundle(config, data, world(), folder / "kept"));
  EXPECT_EQ(std::filesystem::last_write_time(folder / "kept" / "encoder.fit"), written) << "it was trained again";
  expect_same_ids(ids, build_bundle(config, data, world()));  // kept nowhere

  config.index.scheme = "independent";
  EXPECT_FALSE(makes_ids_of_own_encoder(config)) << "private tokens need no vectors";
}

TEST_F(IndexStageTest, OptionsThatDoNotFitAreUsageErrors) {
  const DataSplits data = open_data(world(), {});
  const auto exit_code = [&](const RunConfig& config) {
    try {
      build_bundle(config, data, world());
    } catch (const Error& error) {
      return exit_code_of(error);
    }
    return 0;
  };
  RunConfig config = small_config();
  config.answer.sequential_prompt = "9-9";
  EXPECT_EQ(exit_code(config), 2);
  config = small_config();
  config.index.scheme = "best";
  EXPECT_EQ(exit_code(config), 2);
  config = small_config();
  config.text.prompts = {(*folder_ / "no prompts").string()};
  EXPECT_EQ(exit_code(config), 2);
  config = small_config();
  config.text.model = (*folder_ / "none.model").string();
  EXPECT_NE(exit_code(config), 0);
  config = small_config();
  config.task.rating_samples = config.task.sequential_samples = config.task.direct_samples = 0;
  EXPECT_EQ(exit_code(config), 2);
}

}  // namespace
}  // namespace p5
