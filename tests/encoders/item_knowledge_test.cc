// What encoders read of items and events besides attributes: knowledge graphs, features, time gaps.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "encoders/history_rows.h"
#include "encoders/item_features.h"
#include "encoders/knowledge_graph.h"
#include "encoders/time_gaps.h"
#include "p5/error.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using Triplet = KnowledgeGraph::Triplet;

TEST(KnowledgeGraph, TakesFieldsOfTheItemTableAsRelations) {
  test::FakeData data{.histories = {{0, 1}}, .items = 3};
  data.brands = {"a", "a", ""};
  data.categories = {{"x"}, {"only"}, {"x"}};
  const test::FakeCorpus corpus(data);
  const ItemAttributes attributes = read_item_attributes(corpus.catalog(), 3);
  const KnowledgeGraph graph = graph_of(attributes, 3);
  EXPECT_EQ(graph.items, 3u);
  EXPECT_EQ(graph.entities, 5u);
  EXPECT_EQ(graph.relations, 2u);
  EXPECT_EQ(graph.triplets, (std::vector<Triplet>{{0, 0, 3}, {0, 1, 4}, {1, 0, 3}, {2, 1, 4}}));
}

class KnowledgeGraphFile : public ::testing::Test {
 protected:
  void write(const std::string& kg, const std::string& link) {
    write_file_atomically(folder_.path() / "ml.kg", kg);
    write_file_atomically(folder_.path() / "ml.link", link);
  }
  KnowledgeGraph read() const { return read_knowledge_graph(folder_.path() / "ml.kg", corpus_.catalog(), 2); }
  std::string complaint() const {
    try {
      read();
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 3);
      return error.what();
    }
    return "none";
  }
  test::TemporaryFolder folder_;
  test::FakeCorpus corpus_{std::vector<std::vector<ItemId>>{{0, 1}}};  // items "i0" and "i1"
};

TEST_F(KnowledgeGraphFile, LinksItemsToTheirEntities) {
  write(
      "head_id:token\trelation_id:token\ttail_id:token\nm.1\tfilm.genre\tm.9\r\nm.9\tkind.of\tm.8\nm.2\tfilm.genre\tm."
      "1\n",
      "item_id:token\tentity_id:token\ni1\tm.1\nunknown\tm.7\ni0\tm.2\n");
  const KnowledgeGraph graph = read();
  EXPECT_EQ(graph.entities, 4u);
  EXPECT_EQ(graph.relations, 2u);
  EXPECT_EQ(graph.triplets, (std::vector<Triplet>{{1, 0, 2}, {2, 1, 3}, {0, 0, 1}}));
}

TEST_F(KnowledgeGraphFile, SaysWhatIsWrong) {
  const std::string link = "item_id:token\tentity_id:token\ni0\tm.2\n";
  write("head_id:token\ttail_id:token\nm.2\tm.1\n", link);
  EXPECT_NE(complaint().find("ml.kg:1"), std::string::npos);
  EXPECT_NE(complaint().find("relation_id"), std::string::npos);
  write("head_id:token\trelation_id:token\ttail_id:token\nm.2\tr\n", link);
  EXPECT_NE(complaint().find("ml.kg:2"), std::string::npos);
  write("head_id:token\trelation_id:token\ttail_id:token\n", link);
  EXPECT_NE(complaint().find("without triplets"), std::string::npos);
  write("head_id:token\trelation_id:token\ttail_id:token\nm.2\tr\tm.1\n",
        "item_id:token\tentity_id:token\nelse\tm.2\n");
  EXPECT_NE(complaint().find("no known item"), std::string::npos);
}

// Item 2 is in no train event: it has no part in the statistics.
std::shared_ptr<const Split> priced_split() {
  test::FakeData data{.histories = {{0, 0, 0, 1, 2, 2}}, .items = 4};
  data.prices = {10, 30, 1000, std::nan("")};
  data.item_attributes = {{}, {}, {{"constant", 1.0}}, {{"constant", 1.0}}};
  return std::make_shared<const Split>(split_leave_one_out(std::make_shared<test::FakeCorpus>(data)));
}

TEST(ItemFeatures, NumbersAreStandardisedByTrainEvents) {
  EncoderOptions options;
  options.numbers = EncoderOptions::Numbers::kStandard;
  const auto blocks = read_item_features(*priced_split(), options, 4);
  ASSERT_EQ(blocks.size(), 1u);
  ASSERT_EQ(blocks[0].columns, 2u);
  // Prices of the train events are 10, 10, 10, 30: mean 15, deviation sqrt(75).
  const double deviation = std::sqrt(75.0);
  const std::vector<double> expected{-5 / deviation, 1, 15 / deviation, 1, 5, 1, 0, 0};
  ASSERT_EQ(blocks[0].values.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(blocks[0].values[i], expected[i], 1e-6) << i;
}

TEST(ItemFeatures, NumbersFallIntoBuckets) {
  EncoderOptions options;
  options.numbers = EncoderOptions::Numbers::kBuckets;
  const auto blocks = read_item_features(*priced_split(), options, 4);
  ASSERT_EQ(blocks[0].columns, 2u) << "of the ten that hold 10, 10, 10 and 30, equal ones are one";
  std::vector<int> bucket;
  for (std::size_t item = 0; item < 4; ++item) {
    bucket.push_back(-1);
    for (int i = 0; i < 2; ++i) {
      if (blocks[0].values[item * 2 + static_cast<std::size_t>(i)] == 1.0f) bucket.back() = i;
    }
  }
  EXPECT_LT(bucket[0], bucket[1]);
  EXPECT_EQ(bucket[2], bucket[1]);  // beyond the last edge
  EXPECT_EQ(bucket[3], -1);
}

TEST(ItemFeatures, NumbersThatAreMissingAreNamed) {
  EncoderOptions options;
  options.numbers = EncoderOptions::Numbers::kStandard;
  const auto split =
      split_leave_one_out(std::make_shared<test::FakeCorpus>(test::FakeData{.histories = {{0, 1, 2, 3}}}));
  try {
    read_item_features(split, options, 4);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), 3);
    EXPECT_NE(std::string(error.what()).find("price"), std::string::npos);
  }
}

TEST(TimeGaps, AreStepsThatDouble) {
  EXPECT_EQ(TimeGaps::step_of(59'999), 1);
  EXPECT_EQ(TimeGaps::step_of(60'000), 2);
  EXPECT_EQ(TimeGaps::step_of(3 * 60'000), 3);
  EXPECT_EQ(TimeGaps::step_of(4 * 60'000), 4);
  EXPECT_EQ(TimeGaps::step_of(std::int64_t{1} << 60), TimeGaps::kSteps - 1);
  for (std::int64_t step = 2; step < TimeGaps::kSteps; ++step) {
    EXPECT_EQ(TimeGaps::step_of(TimeGaps::least_of(step)), step);
    EXPECT_EQ(TimeGaps::step_of(TimeGaps::least_of(step) - 1), step - 1);
  }
}

TEST(TimeGaps, KnowTheUsersOwnHistoryAlone) {
  test::FakeData data{.histories = {{0, 1, 2, 3}, {3, 2, 1}}};
  data.times = {{0, 60'000, 300'000, 300'000}, {0, 1, 2}};
  const auto split = split_leave_one_out(std::make_shared<test::FakeCorpus>(data));
  const TimeGaps gaps(split);
  const std::vector<ItemId> own{0, 1, 2}, other{0, 2};
  EXPECT_EQ(gaps.of_history(0, own), (std::vector<std::uint8_t>{0, 2, 4}));
  EXPECT_EQ(gaps.of_history(0, other), (std::vector<std::uint8_t>{0, 0}));
  EXPECT_EQ(gaps.of_history(1, own), (std::vector<std::uint8_t>{0, 0, 0}));
  EXPECT_EQ(gaps.of_history(0xffffffffu, own), (std::vector<std::uint8_t>{0, 0, 0}));
  EncoderOptions options;
  options.history = 2;
  EXPECT_EQ(history_gaps(own, gaps.of_history(0, own), EncoderSpec::of(options, 5)), (std::vector<std::uint8_t>{2, 4}));
  options.network = EncoderKind::kBert4Rec;
  EXPECT_EQ(history_gaps(own, gaps.of_history(0, own), EncoderSpec::of(options, 5)), (std::vector<std::uint8_t>{4, 0}));
}

TEST(TimeGaps, NeedTimes) {
  test::FakeData data{.histories = {{0, 1, 2}}};
  data.times = {{kNoTime, kNoTime, kNoTime}};
  EXPECT_THROW(TimeGaps(split_leave_one_out(std::make_shared<test::FakeCorpus>(data))), Error);
}

}  // namespace
}  // namespace p5
