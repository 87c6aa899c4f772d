#include "recommend/candidate_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "p5/error.h"
#include "recommend/answer_world.h"
#include "recommend/hybrid_row.h"
#include "recommend/opened_sources.h"
#include "support/fake_sequence_model.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;

class CandidateSourcesTest : public testing::Test {
 protected:
  CandidateSourcesTest() : run_(world_.load()), model_(test::FakeSequenceModel::random(world_.vocabulary_size())) {}

  SourceInputs inputs(bool keep = true) {
    return {
        .run = *run_, .options = world_.bundle.sources, .model = &model_, .folder = folder_ / "sources", .keep = keep};
  }
  CandidateQuery query() const { return {.user = 3, .history = world_.data.ranking->history_for(3, Part::kTest)}; }
  std::filesystem::path file_of(std::string_view saved_as) const {
    return folder_ / "sources" / (std::string(saved_as) + ".fit");
  }
  // So that reading it fails.
  static void damage(const std::filesystem::path& file) {
    std::string bytes = read_file(file);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    write_file_atomically(file, bytes);
  }

  test::AnswerWorld world_;
  std::shared_ptr<const LoadedRun> run_;
  test::FakeSequenceModel model_;
  test::TemporaryFolder folder_;
};

TEST_F(CandidateSourcesTest, EveryRowAnswersUnderItsName) {
  for (const auto& row : candidate_sources()) {
    const auto source = open_source(row, inputs());
    EXPECT_EQ(source->name(), row.name);
    EXPECT_FALSE(row.summary.empty()) << row.name;
    const CandidateQuery asked = query();
    const auto lists = source->retrieve(std::span(&asked, 1), 5);
    ASSERT_EQ(lists.front().size(), 5u) << row.name;
    for (const Candidate& candidate : lists.front()) EXPECT_EQ(candidate.source, source.get()) << row.name;
  }
  for (const auto& row : rating_predictors()) EXPECT_EQ(open_source(row, inputs())->name(), row.name);
}

TEST_F(CandidateSourcesTest, ANumberAfterTheNameIsAnotherSeedInAFileOfItsOwn) {
  const std::size_t items = world_.items();
  const auto scores_of = [&](const std::string& name) {
    std::vector<float> scores(items);
    EXPECT_TRUE(open_candidate_source(name, inputs())->score_all(query(), scores));
    return scores;
  };
  const std::vector<float> first = scores_of("als"), second = scores_of("als#2");
  EXPECT_NE(first, second);
  EXPECT_EQ(scores_of("als#2"), second);
  EXPECT_TRUE(std::filesystem::exists(file_of("als#2")));
  SourceInputs reseeded = inputs(false);
  reseeded.folder.clear();
  ++reseeded.options.als.seed;
  std::vector<float> scores(items);
  open_candidate_source("als", reseeded)->score_all(query(), scores);
  EXPECT_EQ(scores, second);
  for (const char* name : {"als#1", "als#", "als#x", "als#2x", "popularity#2", "#2"}) {
    EXPECT_EQ(find_candidate_source(name), nullptr) << name;
    EXPECT_THROW(open_candidate_source(name, inputs()), Error) << name;
  }
}

TEST_F(CandidateSourcesTest, ASourceWithVectorsIsAskedThroughAnIndexWhereOptionsSaySo) {
  SourceInputs indexed = inputs();
  indexed.options.nearest.kind = EmbeddingIndexOptions::Kind::kFlat;
  const CandidateQuery asked = query();
  const auto exact = open_candidate_source("als", inputs()), made = open_candidate_source("als", indexed);
  std::vector<float> scores(world_.items());
  EXPECT_TRUE(exact->score_all(asked, scores));
  EXPECT_FALSE(made->score_all(asked, scores));
  indexed.keep = false;
  const auto read = open_candidate_source("als", indexed);
  const auto wanted = exact->retrieve(std::span(&asked, 1), 5).front();
  for (const auto* source : {&made, &read}) {
    const auto list = (*source)->retrieve(std::span(&asked, 1), 5).front();
    ASSERT_EQ(list.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(list[i].item, wanted[i].item);
  }
  damage(file_of("als.index"));
  EXPECT_THROW(open_candidate_source("als", indexed), Error);
  EXPECT_NO_THROW(open_candidate_source("als", inputs()));
}

TEST_F(CandidateSourcesTest, WhatIsReadBackAnswersAsWhatWasFit) {
  const std::size_t items = world_.items();
  for (const auto& row : candidate_sources()) {
    if (row.saved_as.empty()) continue;
    const auto fitted = open_source(row, inputs()), read = open_source(row, inputs(false));
    std::vector<float> ours(items), theirs(items);
    for (UserId user = 0; user < 10; ++user) {
      const CandidateQuery asked{.user = user, .history = world_.data.ranking->history_for(user, Part::kTest)};
      const bool scored = fitted->score_all(asked, ours);
      ASSERT_EQ(read->score_all(asked, theirs), scored);
      if (scored) {
        EXPECT_EQ(ours, theirs) << row.name;
      }
      const auto list = fitted->retrieve(std::span(&asked, 1), 7).front();
      const auto again = read->retrieve(std::span(&asked, 1), 7).front();
      ASSERT_EQ(list.size(), again.size()) << row.name;
      for (std::size_t i = 0; i < list.size(); ++i) {
        EXPECT_EQ(list[i].item, again[i].item) << row.name;
        EXPECT_EQ(list[i].score, again[i].score) << row.name;
      }
    }
  }
  for (const auto& row : rating_predictors()) {
    const auto fitted = open_source(row, inputs()), read = open_source(row, inputs(false));
    for (ItemId item = 0; item < items; ++item) {
      EXPECT_EQ(fitted->predict(3, item), read->predict(3, item)) << row.name;
      EXPECT_EQ(fitted->predict(kUnknownUser, item), read->predict(kUnknownUser, item)) << row.name;
    }
  }
}

// A damaged file is refused, which shows that it is read and that nothing is fit again.
TEST_F(CandidateSourcesTest, NothingIsFitTwice) {
  const auto& row = *find_candidate_source("item-knn");
  open_source(row, inputs());
  ASSERT_TRUE(std::filesystem::exists(file_of("item-knn")));
  damage(file_of("item-knn"));
  EXPECT_THROW(open_source(row, inputs()), Error);
}

TEST_F(CandidateSourcesTest, NothingIsSavedUnasked) {
  open_source(*find_candidate_source("item-knn"), inputs(false));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sources"));
}

// Other options and other splits lead to another fit: the file is ignored, and stays unless it is to be replaced.
TEST_F(CandidateSourcesTest, WhatIsOfOtherOptionsIsFitAgain) {
  const auto& row = *find_candidate_source("item-knn");
  open_source(row, inputs());
  const std::string saved = read_file(file_of("item-knn"));
  SourceInputs other = inputs(false);
  other.options.knn.window = 1;
  const auto narrow = open_source(row, other);
  EXPECT_EQ(read_file(file_of("item-knn")), saved);
  std::vector<float> narrow_scores(world_.items()), scores(world_.items());
  narrow->score_all(query(), narrow_scores);
  open_source(row, inputs())->score_all(query(), scores);
  EXPECT_NE(scores, narrow_scores);

  world_.bundle.split.seed += 1;
  run_ = world_.load();
  EXPECT_NO_THROW(open_source(row, inputs()));
  EXPECT_NE(read_file(file_of("item-knn")), saved);
}

// Two rows that learn the same share one file.
TEST_F(CandidateSourcesTest, FactorizationIsFitOnceForRatingsAndRankings) {
  open_source(*find_rating_predictor("matrix-factorization"), inputs());
  damage(file_of("matrix-factorization"));
  EXPECT_THROW(open_source(*find_candidate_source("best-rated"), inputs()), Error);
}

TEST_F(CandidateSourcesTest, UnknownNamesAreAnsweredWithTheKnown) {
  try {
    open_candidate_source("popular", inputs());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("one of p5, id-arithmetic, popularity, item-knn, "),
                                             HasSubstr(", got popular")));
  }
}

TEST_F(CandidateSourcesTest, TheModelIsNeededForP5Alone) {
  SourceInputs without = inputs();
  without.model = nullptr;
  EXPECT_THROW(open_candidate_source("p5", without), Error);
  EXPECT_NO_THROW(open_candidate_source("popularity", without));
}

TEST_F(CandidateSourcesTest, TheHybridFusesWhatTheRunHas) {
  EXPECT_THAT(hybrid_parts(inputs()), testing::ElementsAre("p5", "popularity", "item-knn", "ridge"));
  SourceInputs without = inputs();
  without.model = nullptr;
  EXPECT_THAT(hybrid_parts(without), testing::ElementsAre("popularity", "item-knn", "ridge"));
  world_.bundle.task.sequential_samples = 0;
  run_ = world_.load();
  EXPECT_THAT(hybrid_parts(inputs()), testing::ElementsAre("popularity", "item-knn", "ridge"));
}

TEST_F(CandidateSourcesTest, TheHybridFusesWhatItIsToldTo) {
  SourceInputs asked = inputs();
  asked.options.hybrid.sources = {"item-knn", "best-rated"};
  EXPECT_THAT(hybrid_parts(asked), testing::ElementsAre("item-knn", "best-rated"));
  for (const auto& [name, code] : {std::pair("hybrid", ErrorCode::kInvalidArgument), {"knn", ErrorCode::kNotFound}}) {
    asked.options.hybrid.sources = {name};
    try {
      hybrid_parts(asked);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
    }
  }
}

// A saved hybrid keeps its choices, but it does not outlive other options of its parts.
TEST_F(CandidateSourcesTest, AHybridBelongsToTheOptionsOfItsParts) {
  const auto& row = require_candidate_source("hybrid");
  EXPECT_FALSE(is_fitted(row, inputs()));
  fit_source(row, inputs());
  EXPECT_TRUE(is_fitted(row, inputs()));
  SourceInputs other = inputs();
  other.options.hybrid.method = HybridOptions::Method::kRrf;
  EXPECT_TRUE(is_fitted(row, other));
  other.options.knn.window = 3;
  EXPECT_FALSE(is_fitted(row, other));
}

TEST_F(CandidateSourcesTest, FittingAgainReplacesWhatIsSaved) {
  const auto& row = require_candidate_source("hybrid");
  SourceInputs asked = inputs();
  fit_source(row, asked);
  const std::string saved = read_file(file_of("hybrid"));
  asked.options.hybrid.sources = {"popularity"};
  open_source(row, asked);
  EXPECT_EQ(read_file(file_of("hybrid")), saved);
  fit_source(row, asked);
  EXPECT_NE(read_file(file_of("hybrid")), saved);
}

TEST_F(CandidateSourcesTest, OptionsOfAllRowsAreBoundOnce) {
  SourceOptions options;
  OptionTable table;
  options.bind(table);
  EXPECT_NE(table.find("knn.window"), nullptr);
  EXPECT_NE(table.find("mf.factors"), nullptr);
  table.set_assignment("knn.window=7");
  EXPECT_EQ(options.knn.window, 7);
}

}  // namespace
}  // namespace p5
