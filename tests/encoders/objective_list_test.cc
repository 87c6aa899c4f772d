#include "encoders/objective_list.h"

#include <gtest/gtest.h>

#include <string>

#include "encoders/objective_facts.h"
#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

std::string complaint(EncoderKind network, std::vector<std::string> objectives) {
  EncoderOptions options;
  options.network = network;
  options.objectives = std::move(objectives);
  try {
    objectives_of(options);
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 2);
    return error.what();
  }
  return {};
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(ObjectiveList, EveryNetworkHasAnObjectiveOfItsOwnThatTeachesItsAnswers) {
  for (const EncoderRow& row : encoder_rows()) {
    EncoderOptions options;
    options.network = row.kind;
    const auto mix = objectives_of(options);
    ASSERT_EQ(mix.size(), 1u);
    EXPECT_EQ(mix[0].row->name, row.objective);
    EXPECT_EQ(mix[0].weight, 1.0);
    EXPECT_TRUE(any_ranks(mix, options)) << row.name;
  }
}

TEST(ObjectiveList, EveryObjectiveSuitsANetwork) {
  for (const ObjectiveRow& objective : objective_rows()) {
    EXPECT_TRUE(std::ranges::any_of(encoder_rows(), [&](const EncoderRow& row) { return objective.suits(row); }))
        << objective.name;
  }
}

TEST(ObjectiveList, ReadsWeights) {
  EncoderOptions options;
  options.objectives = {"next-item", "contrastive=0.25"};
  const auto mix = objectives_of(options);
  ASSERT_EQ(mix.size(), 2u);
  EXPECT_EQ(mix[0].weight, 1.0);
  EXPECT_EQ(mix[1].weight, 0.25);
  EXPECT_TRUE(any_ranks(mix, options));
  options.objectives = {"masked-item"};  // which a causal Transformer can be trained by, but does not answer with
  EXPECT_FALSE(any_ranks(objectives_of(options), options));
  EXPECT_EQ(objectives_of(options)[0].row->targets_of(encoder_row(EncoderKind::kSasRec)), TargetRule::kMasked);
}

TEST(ObjectiveList, SaysWhatIsWrong) {
  const std::string unknown = complaint(EncoderKind::kSasRec, {"next-itm"});
  EXPECT_TRUE(says(unknown, "did you mean 'next-item'")) << unknown;
  EXPECT_TRUE(says(unknown, "triplets")) << unknown;
  const std::string wrong = complaint(EncoderKind::kGru4Rec, {"masked-item"});
  EXPECT_TRUE(says(wrong, "gru4rec with one of next-item, contrastive")) << wrong;
  EXPECT_TRUE(says(wrong, "masked-item with one of sasrec, esasrec, bert4rec")) << wrong;
  EXPECT_TRUE(says(complaint(EncoderKind::kMultVae, {"next-item"}), "does not suit the network mult-vae"));
  for (const char* weight : {"next-item=", "next-item=0", "next-item=-1", "next-item=nan", "next-item=1x"}) {
    EXPECT_TRUE(says(complaint(EncoderKind::kSasRec, {weight}), "weight")) << weight;
  }
  EXPECT_TRUE(says(complaint(EncoderKind::kSasRec, {"next-item", "next-item=2"}), "twice"));
}

TEST(ObjectiveFacts, SayWhichColumnIsMissing) {
  const auto split =
      split_leave_one_out(std::make_shared<test::FakeCorpus>(test::FakeData{.histories = {{0, 1, 2, 3}}}));
  for (const auto& [objective, column] :
       {std::pair{"item-attribute", "brand, categories"}, std::pair{"triplets", "encoder.graph"},
        std::pair{"rating-regression", "rating"}}) {
    EncoderOptions options;
    options.objectives = {objective};
    try {
      read_objective_facts(split, options, 4);
      ADD_FAILURE() << objective;
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 3);
      EXPECT_TRUE(says(error.what(), column)) << error.what();
    }
  }
}

TEST(ObjectiveFacts, RatingsAreThoseOfTheTrainPart) {
  test::FakeData data{.histories = {{0, 1, 2, 3}}};
  data.ratings = {{1, 3, 5, 5}};  // the last two are held out
  const auto split = split_leave_one_out(std::make_shared<test::FakeCorpus>(data));
  EncoderOptions options;
  options.objectives = {"rating-regression"};
  const ObjectiveFacts facts = read_objective_facts(split, options, 4);
  EXPECT_DOUBLE_EQ(facts.rating_mean, 2.0);
  EXPECT_DOUBLE_EQ(facts.rating_deviation, 1.0);
}

}  // namespace
}  // namespace p5
