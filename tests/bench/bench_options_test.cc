#include "bench/bench_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/beam_bench.h"
#include "p5/error.h"

namespace p5 {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// The flags and defaults of the script that p5 is compared with; one command line must run both.
TEST(ModelBenchOptions, HasTheShapeFlagsOfThePeer) {
  ModelBenchOptions options;
  OptionTable table;
  options.bind(table);
  const std::vector<std::pair<const char*, const char*>> peer{
      {"layers", "4"},    {"d-model", "128"}, {"d-ff", "1024"}, {"heads", "6"},     {"d-kv", "64"},
      {"vocab", "12400"}, {"batch", "64"},    {"source", "96"}, {"target", "8"},    {"items", "12101"},
      {"beams", "20"},    {"top", "10"},      {"steps", "20"},  {"dropout", "0.1"}, {"threads", "1"}};
  for (const auto& [flag, value] : peer) {
    const OptionRow* row = table.find_flag(flag);
    ASSERT_NE(row, nullptr) << flag;
    EXPECT_EQ(row->default_text, value) << flag;
  }
}

TEST(ModelBenchOptions, MakesAPlainT5OfTheShape) {
  ModelBenchOptions options;
  options.layers = 2;
  options.dropout = 0.3;
  const T5Spec spec = options.spec();
  EXPECT_EQ(spec.num_layers, 2);
  EXPECT_EQ(spec.num_decoder_layers, 2);
  EXPECT_EQ(spec.d_kv * spec.num_heads, 384);
  EXPECT_EQ(spec.dropout_rate, 0.3);
  EXPECT_EQ(spec.whole_word_rows, 0);
  EXPECT_EQ(spec.feed_forward_proj, "relu");
}

TEST(BenchOptions, RefuseWhatIsNoShape) {
  ModelBenchOptions model;
  RankBenchOptions rank;
  OptionTable table;
  model.bind(table);
  rank.bind(table);
  EXPECT_THROW(table.set("bench.layers", "0", "test"), Error);
  EXPECT_THROW(table.set("bench.vocab", "many", "test"), Error);
  EXPECT_THROW(table.set("bench.dropout", "1.5", "test"), Error);
  EXPECT_THROW(table.set("bench.threads", "-1", "test"), Error);
  EXPECT_THROW(table.set("bench_rank.width", "0", "test"), Error);
  EXPECT_THAT([&] { table.set("bench.stpes", "3", "test"); }, ThrowsMessage<Error>(HasSubstr("bench.steps")));
}

// Checked before a model is made.
TEST(BeamBench, RefusesAVocabularyWithoutRoomForTheCodes) {
  ModelBenchOptions options;
  options.vocab = 1026;
  EXPECT_THAT([&] { bench_beam(options); }, ThrowsMessage<Error>(HasSubstr("at least 1027")));
}

}  // namespace
}  // namespace p5
