#include "bench/flop_count.h"

#include <gtest/gtest.h>

#include <vector>

namespace p5 {
namespace {

T5Spec small_spec() {
  T5Spec spec;
  spec.vocab_size = 11;
  spec.d_model = 3;
  spec.d_kv = 2;
  spec.num_heads = 2;
  spec.d_ff = 5;
  spec.num_layers = 2;
  spec.num_decoder_layers = 1;
  return spec;
}

// By hand. d = 3, a = 4, f = 5. One position through one of q, k, v, o: 2*3*4 = 24. Feed-forward: 2 * 2*3*5 = 60.
// One attended position: score 2*4 and value 2*4 = 16.
TEST(FlopCount, ForwardOfASmallBatch) {
  // 2 rows of 3 source tokens: 6 positions in each of 2 encoder blocks.
  const double encoder = 2 * 6 * (4 * 24 + 60 + 3 * 16);  // 2448
  // 2 rows of 2 target tokens: 4 positions; cross keys and values over the 6 source positions.
  const double decoder = 4 * (4 * 24 + 60 + 2 * 16) + 4 * (2 * 24 + 3 * 16) + 6 * 2 * 24;  // 752 + 384 + 288
  const double output = 4 * 2 * 3 * 11;                                                    // 264
  EXPECT_EQ(forward_flops(small_spec(), {.rows = 2, .source = 3, .target = 2}), encoder + decoder + output);
  EXPECT_EQ(forward_flops(small_spec(), {.rows = 2, .source = 3, .target = 2}), 4136);
}

TEST(FlopCount, TrainingIsForwardAndTwiceBackward) {
  EXPECT_EQ(training_flops(small_spec(), {.rows = 2, .source = 3, .target = 2}), 3 * 4136);
}

TEST(FlopCount, GatedFeedForwardHasThreeMatrices) {
  T5Spec gated = small_spec();
  gated.feed_forward_proj = "gated-gelu";
  // 30 more for each of 12 encoder and 4 decoder positions.
  EXPECT_EQ(forward_flops(gated, {.rows = 2, .source = 3, .target = 2}), 4136 + 30 * 16);
}

TEST(FlopCount, SearchCountsBeamsAndAllowedTokens) {
  const double encoder = 2 * 3 * (4 * 24 + 60 + 3 * 16), memory = 3 * 2 * 24;
  // Step 1: one beam that attends to itself and 3 source positions, 7 tokens allowed. Step 2: two beams, 2 positions
  // of their own, 5 tokens allowed.
  const double first = (6 * 24 + 60 + (1 + 3) * 16) + 7 * 2 * 3;
  const double second = 2 * (6 * 24 + 60 + (2 + 3) * 16) + 5 * 2 * 3;
  const std::vector<SearchStep> steps{{.rows = 1, .allowed = 7}, {.rows = 2, .allowed = 5}};
  EXPECT_EQ(search_flops(small_spec(), 1, 3, steps), encoder + memory + first + second);
}

// A search over all targets at once is a forward pass: the same count except for the squares of self-attention.
TEST(FlopCount, SearchOfOneStepEqualsForwardOfOneToken) {
  const std::vector<SearchStep> steps{{.rows = 4, .allowed = 4 * 11}};
  EXPECT_EQ(search_flops(small_spec(), 4, 3, steps),
            forward_flops(small_spec(), {.rows = 4, .source = 3, .target = 1}));
}

}  // namespace
}  // namespace p5
