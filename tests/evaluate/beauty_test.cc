// The baselines on real data, against the figures of docs/protocol.md. Skipped without the data.
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/evaluator.h"
#include "retrieval/id_arithmetic_source.h"
#include "retrieval/item_knn_source.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

constexpr double kTolerance = 3e-4;  // a handful of users whose ties fall the other way

class Beauty : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(test::shared_folder() / "datasets" / "s3rec" / "Beauty.txt");
    if (!file) GTEST_SKIP() << "no Beauty.txt next to this checkout";
    std::vector<std::vector<ItemId>> histories;
    for (std::string line; std::getline(file, line);) {
      std::istringstream fields(line);
      ItemId user = 0, item = 0;
      fields >> user;
      histories.emplace_back();
      while (fields >> item) histories.back().push_back(item - 1);
    }
    split_ = std::make_unique<Split>(split_leave_one_out(std::make_shared<test::FakeCorpus>(std::move(histories))));
    ASSERT_EQ(split_->corpus().user_count(), 22363u);
    ASSERT_EQ(split_->corpus().item_count(), 12101u);
    ASSERT_EQ(split_->corpus().interaction_count(), 198502u);
  }

  std::unique_ptr<Split> split_;
};

TEST_F(Beauty, ItemKnnStandsWhereTheProtocolSaysItDoes) {
  const TaskResults result = evaluate_sequential(*split_, Part::kTest, ItemKnnSource(*split_, {}), {});
  EXPECT_NEAR(find_result(result, "sequential", "keep")->value("hr@5"), 0.0560, kTolerance);
  EXPECT_NEAR(find_result(result, "sequential", "keep")->value("ndcg@5"), 0.0401, kTolerance);
  EXPECT_NEAR(find_result(result, "sequential", "keep")->value("hr@10"), 0.0780, kTolerance);
  EXPECT_NEAR(find_result(result, "sequential", "keep")->value("ndcg@10"), 0.0472, kTolerance);
  EXPECT_NEAR(find_result(result, "sequential", "drop")->value("hr@5"), 0.0618, kTolerance);
  EXPECT_NEAR(find_result(result, "sequential", "drop")->value("ndcg@5"), 0.0451, kTolerance);
  EXPECT_NEAR(find_result(result, "sequential", "drop")->value("hr@10"), 0.0828, kTolerance);
  EXPECT_NEAR(find_result(result, "sequential", "drop")->value("ndcg@10"), 0.0519, kTolerance);
}

TEST_F(Beauty, IdArithmeticMeasuresTheLeakOfTheFilesNumbering) {
  std::vector<std::int64_t> numbers(split_->corpus().item_count());
  std::iota(numbers.begin(), numbers.end(), 1);
  const TaskResults result = evaluate_sequential(*split_, Part::kTest, IdArithmeticSource(numbers), {});
  EXPECT_NEAR(find_result(result, "sequential", "keep")->value("hr@1"), 0.0441, kTolerance);
  EXPECT_NEAR(find_result(result, "sequential", "keep")->value("hr@5"), 0.0525, kTolerance);
  EXPECT_NEAR(find_result(result, "sequential", "keep")->value("ndcg@5"), 0.0490, kTolerance);
}

}  // namespace
}  // namespace p5
