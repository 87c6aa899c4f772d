#include "examine/text_evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "pipeline/import_stage.h"
#include "pipeline/index_stage.h"
#include "support/fake_sequence_model.h"
#include "support/temporary_folder.h"
#include "task/corpus_questions.h"

namespace p5 {
namespace {

constexpr const char* kOwn = R"(
family = "verdict"
metric = "accuracy"
[[prompt]]
id = "own-1"
source = "The verdict on {review}"
target = "{like_dislike}"
)";

// A simulated world with reviews, and a run's bundle of all families and a custom one.
class TextEvaluationTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = new Shared(); }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }

  struct Shared {
    Shared() {
      simulate_corpus({.users = 60, .items = 40, .events = 700, .seed = 5}, folder / "world",
                      AtomicDirectory::Existing::kRefuse);
      write_file_atomically(folder / "own.toml", kOwn);
      config.text.pieces = 300;
      config.text.prompts = {std::string(P5_SOURCE_DIR) + "/prompts", (folder / "own.toml").string()};
      config.task.candidates = 10;
      config.task.explanation_samples = config.task.review_samples = 1;
      config.evaluate.reviews = 20;
      config.evaluate.users = 10;
      config.evaluate.negatives = 3;
      config.decode.max_length = config.task.max_target = 200;
      config.answer.stars = AnswerOptions::Stars::kMode;
      data = open_data(folder / "world", config.split);
      bundle = build_bundle(config, data, folder / "world");
      writer = std::make_unique<QuestionWriter>(bundle, data, 512);
      explanations = make_explanations(*data.reviews, config.explain);
    }
    test::TemporaryFolder folder;
    RunConfig config;
    DataSplits data;
    ModelBundle bundle;
    std::unique_ptr<QuestionWriter> writer;
    std::shared_ptr<const ExplanationSet> explanations;
  };
  static Shared* shared_;

  // The true answer of every question that the evaluation may ask, by its source.
  static std::map<std::vector<TokenId>, std::vector<TokenId>> all_answers() {
    std::map<std::vector<TokenId>, std::vector<TokenId>> answers;
    const Corpus& corpus = *shared_->data.corpus;
    const auto learn = [&](const TaskQuestion& question, const std::string& prompt) {
      if (!shared_->writer->knows_all(question, prompt)) return;
      const TokenRow row = shared_->writer->row(question, prompt);
      answers[row.source] = row.target;
    };
    for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
      if (shared_->data.reviews->part_of(i) != Part::kTest) continue;
      for (const char* prompt : {"3-1", "3-9", "3-11", "3-12", "4-1", "4-2", "4-4", "1-4", "Z-1", "Z-5", "own-1"}) {
        learn(question_about(corpus, i, shared_->explanations.get()), prompt);
      }
      TaskQuestion proposed = question_about(corpus, i, nullptr);
      for (int star = 1; star <= 5; ++star) {
        proposed.rating = star;
        proposed.positive = star == RatingScale().nearest_level(corpus.ratings()[i]);
        learn(proposed, "1-3");
      }
    }
    return answers;
  }

  static TextEvaluation evaluation(SequenceModel& model) { return evaluation(model, shared_->config); }
  static TextEvaluation evaluation(SequenceModel& model, const RunConfig& config, bool foreign = false) {
    return TextEvaluation({model, *shared_->writer, shared_->bundle, shared_->data, config.evaluate, config.decode,
                           config.answer, foreign});
  }
  static test::FakeSequenceModel model_of(test::FakeSequenceModel::Logit logit) {
    return {static_cast<TokenId>(shared_->bundle.vocabulary->size()), std::move(logit)};
  }
  static double value(const TaskResult& result, const std::string& name) {
    for (const Score& score : result.scores) {
      if (score.name == name) return score.value;
    }
    ADD_FAILURE() << result.task << " has no " << name;
    return 0;
  }
};
TextEvaluationTest::Shared* TextEvaluationTest::shared_ = nullptr;

// A model that knows all answers has full scores everywhere: questions, references and prompts belong together.
TEST_F(TextEvaluationTest, AnOracleIsPerfect) {
  const auto answers = all_answers();
  auto oracle = model_of([&](const auto& source, const auto& target, TokenId token) {
    const auto found = answers.find(source);
    if (found == answers.end()) return token == kEndToken ? 9.0 : 0.0;  // sequential and direct: not asked here
    return target.size() < found->second.size() && found->second[target.size()] == token ? 20.0 : 0.0;
  });
  std::vector<std::string> tasks;
  for (const bool held_out : {false, true}) {
    for (const TaskResult& result : evaluation(oracle).measure(held_out)) {
      tasks.push_back(result.task + (held_out ? " held out" : ""));
      EXPECT_LE(result.n, 20u);
      EXPECT_GE(result.of, result.n);
      if (result.task.starts_with("explanation") || result.part == "headline") {
        EXPECT_NEAR(value(result, "rouge1"), 100, 1e-6) << result.task;
        EXPECT_NEAR(value(result, "bleu1"), 100, 1e-6) << result.task;
      }
      if (result.task.starts_with("explanation")) {
        EXPECT_EQ(value(result, "fmr"), 1.0);
      }
      if (result.part == "star") {
        EXPECT_EQ(value(result, "rmse"), 0.0);
      }
      if (result.task.starts_with("rating") || result.task == "verdict") {
        EXPECT_EQ(value(result, "accuracy"), 1.0) << result.task;
      }
      if (result.task == "verdict") {
        EXPECT_EQ(result.scores.front().name, "accuracy");
      }
    }
  }
  EXPECT_THAT(tasks,
              testing::ElementsAre("explanation", "explanation_feature", "explanation_feature_star", "review", "review",
                                   "rating_like_dislike", "rating_yes_no", "sequential_yes_no", "direct_yes_no",
                                   "verdict", "explanation held out", "explanation_feature_star held out",
                                   "review held out", "rating_like_dislike held out"));
}

TEST_F(TextEvaluationTest, ExamplesAreWhatWasWrittenBesideTheTruth) {
  const auto answers = all_answers();
  auto oracle = model_of([&](const auto& source, const auto& target, TokenId token) {
    const auto found = answers.find(source);
    if (found == answers.end()) return token == kEndToken ? 9.0 : 0.0;
    return target.size() < found->second.size() && found->second[target.size()] == token ? 20.0 : 0.0;
  });
  RunConfig config = shared_->config;
  config.evaluate.examples = 3;
  const TextEvaluation shown = evaluation(oracle, config);
  for (const TaskResult& result : shown.measure(false)) {
    const bool written = result.task.starts_with("explanation") || result.part == "headline";
    EXPECT_EQ(result.examples.size(), written ? 3U : 0U) << result.task;
    for (const WrittenText& text : result.examples) EXPECT_EQ(text.written, text.reference);
  }
  for (const TaskResult& result : evaluation(oracle).measure(false)) EXPECT_TRUE(result.examples.empty());
}

TEST_F(TextEvaluationTest, BaselinesAnswerWithoutAModel) {
  auto unasked = model_of([](const auto&, const auto&, TokenId) -> double {
    ADD_FAILURE() << "the model was asked";
    return 0;
  });
  const TextEvaluation texts = evaluation(unasked);
  std::map<std::string, std::string> rows;
  for (const auto& [row, result] : texts.baselines()) {
    rows[result.task + " " + result.part] = row;
    EXPECT_TRUE(result.prompt.empty());
    if (row == "majority" && result.n > 1) {
      EXPECT_EQ(value(result, "auc"), 0.5);
    }
    if (row == "global-mean") {
      EXPECT_GT(value(result, "rmse"), 0.3);
      EXPECT_LE(value(result, "r2"), 0.0);
    }
    // Sentences of the item's own reviews share words with the true one, but are another's.
    if (row == "random-sentence") {
      EXPECT_GT(value(result, "rouge1"), 5);
      EXPECT_LT(value(result, "rouge1"), 95);
    }
  }
  EXPECT_EQ(rows["explanation "], "random-sentence");
  EXPECT_EQ(rows["review headline"], "frequent-words");
  EXPECT_EQ(rows["review star"], "global-mean");
  EXPECT_EQ(rows["rating_like_dislike "], "majority");
  EXPECT_EQ(rows["verdict "], "majority");
}

TEST_F(TextEvaluationTest, TheSameQuestionsEveryTime) {
  auto model = test::FakeSequenceModel::random(static_cast<TokenId>(shared_->bundle.vocabulary->size()));
  const auto one = evaluation(model).measure(shared_->bundle.prompts->at("4-2"));
  const auto two = evaluation(model).measure(shared_->bundle.prompts->at("4-2"));
  ASSERT_FALSE(one.scores.empty());
  EXPECT_EQ(one.scores[0].value, two.scores[0].value);
  EXPECT_EQ(one.n, 20u);
  EXPECT_GT(one.of, 20u);
}

// A model asked about another corpus reads titles and a new user, never an id: its own ids mean other things there.
TEST_F(TextEvaluationTest, ForeignItemsAreDescribedNeverNamed) {
  auto model = model_of([](const auto&, const auto&, TokenId token) { return token == kEndToken ? 1.0 : 0.0; });
  const TextEvaluation foreign = evaluation(model, shared_->config, /*foreign=*/true);
  EXPECT_EQ(foreign.measure(shared_->bundle.prompts->at("3-6")).n, 0u);   // mentions the item
  EXPECT_EQ(foreign.measure(shared_->bundle.prompts->at("1-4")).n, 20u);  // so does this one, but stars need no name
  EXPECT_EQ(foreign.measure(shared_->bundle.prompts->at("5-1")).n, 0u);
  ASSERT_EQ(foreign.measure(shared_->bundle.prompts->at("Z-1")).n, 20u);
  std::set<TokenId> ids;
  for (ItemId item = 0; item < shared_->bundle.index->size(); ++item) {
    for (const TokenId token : shared_->bundle.index->path(item)) ids.insert(token);
  }
  for (const auto& source : model.started()) {
    const std::string text = shared_->bundle.vocabulary->decode(source);
    EXPECT_EQ(text.find("user_"), std::string::npos) << text;
    EXPECT_NE(text.find("a new user"), std::string::npos) << text;
    if (shared_->bundle.vocabulary->id_tokens().empty()) continue;
    for (const TokenId token : source) EXPECT_FALSE(ids.contains(token)) << text;
  }
}

}  // namespace
}  // namespace p5
