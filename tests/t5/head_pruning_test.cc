#include "t5/head_pruning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "p5/error.h"
#include "support/temporary_folder.h"
#include "t5/random_checkpoint.h"
#include "t5/t5_checkpoint.h"
#include "t5/t5_cpu_model.h"

namespace p5 {
namespace {

using namespace p5::test;

class HeadPruningTest : public testing::Test {
 protected:
  void SetUp() override { write_random_checkpoint(folder_.path(), spec_, 5); }

  SafetensorsFile open() const { return open_t5_weights(folder_.path()); }

  static std::vector<float> values(const SafetensorsFile& file, const std::string& name) {
    std::vector<float> read(static_cast<std::size_t>(file.find(name)->element_count()));
    copy_as_float(*file.find(name), read);
    return read;
  }

  // What these heads write becomes `factor` times itself.
  void scale_head(const std::string& attention, std::int64_t head, float factor, SafetensorsFile& file) const {
    const std::string name = attention + ".o.weight";
    std::vector<float> output = values(file, name);
    const std::int64_t inner = spec_.num_heads * spec_.d_kv;
    for (std::int64_t row = 0; row < spec_.d_model; ++row) {
      for (std::int64_t i = head * spec_.d_kv; i < (head + 1) * spec_.d_kv; ++i) {
        output[static_cast<std::size_t>(row * inner + i)] *= factor;
      }
    }
    file.put(name, {spec_.d_model, inner}, std::move(output));
  }

  std::unique_ptr<T5CpuModel> model_of(const T5Spec& spec, const SafetensorsFile& file) const {
    const TemporaryFolder folder;
    write_float_checkpoint(folder.path(), spec, file);
    return T5CpuModel::load(folder.path(), kCpu);
  }

  T5Spec spec_ = nano();
  TemporaryFolder folder_;
};

// Heads that write nothing can go, and nothing else changes: rows, columns and position biases belong together.
TEST_F(HeadPruningTest, LeavesAnswersAloneWhereTheOtherHeadsWriteNothing) {
  SafetensorsFile file = open();
  for (std::int64_t block = 0; block < spec_.num_layers; ++block) {
    for (const std::int64_t head : {0, 2}) {
      scale_head("encoder.block." + std::to_string(block) + ".layer.0.SelfAttention", head, 0.0f, file);
    }
    for (const std::int64_t head : {1, 2}) {
      scale_head("decoder.block." + std::to_string(block) + ".layer.0.SelfAttention", head, 0.0f, file);
    }
    for (const std::int64_t head : {std::int64_t{3}, block}) {
      scale_head("decoder.block." + std::to_string(block) + ".layer.1.EncDecAttention", head, 0.0f, file);
    }
  }
  const TokenBatch batch = random_batch({{9, 4}, {5, 6}}, 7);
  const LogitsResult before = model_of(spec_, file)->logits(batch);
  T5Spec smaller = spec_;
  const std::vector<PrunedAttention> pruned = prune_heads(2, smaller, file);
  EXPECT_EQ(smaller.num_heads, 2);
  EXPECT_LT(smaller.parameter_count(), spec_.parameter_count());
  ASSERT_EQ(pruned.size(), 6u);
  const LogitsResult after = model_of(smaller, file)->logits(batch);
  ASSERT_EQ(before.logits.size(), after.logits.size());
  for (std::size_t i = 0; i < before.logits.size(); ++i) ASSERT_NEAR(before.logits[i], after.logits[i], 1e-4) << i;
  for (const PrunedAttention& attention : pruned) {
    const bool encoder = attention.name.starts_with("encoder"), cross = attention.name.ends_with("EncDecAttention");
    const bool first = attention.name.find("block.0") != std::string::npos;
    const std::vector<std::int64_t> kept =
        cross     ? first ? std::vector<std::int64_t>{1, 2} : std::vector<std::int64_t>{0, 2}
            : encoder ? std::vector<std::int64_t>{1, 3}
                  : std::vector<std::int64_t>{0, 3};
    EXPECT_EQ(attention.kept, kept) << attention.name;
  }
}

TEST_F(HeadPruningTest, ImportanceIsTheNormOfWhatAHeadWrites) {
  SafetensorsFile file = open();
  const std::string name = "encoder.block.1.layer.0.SelfAttention";
  const std::vector<float> value = values(file, name + ".v.weight"), output = values(file, name + ".o.weight"),
                           norm = values(file, "encoder.block.1.layer.0.layer_norm.weight");
  const std::int64_t inner = spec_.num_heads * spec_.d_kv, head = 2;
  double squares = 0;
  for (std::int64_t i = 0; i < spec_.d_model; ++i) {
    for (std::int64_t j = 0; j < spec_.d_model; ++j) {
      double sum = 0;
      for (std::int64_t k = head * spec_.d_kv; k < (head + 1) * spec_.d_kv; ++k) {
        sum += static_cast<double>(output[static_cast<std::size_t>(i * inner + k)]) *
               value[static_cast<std::size_t>(k * spec_.d_model + j)] * norm[static_cast<std::size_t>(j)];
      }
      squares += sum * sum;
    }
  }
  T5Spec smaller = spec_;
  for (const PrunedAttention& attention : prune_heads(3, smaller, file)) {
    if (attention.name == name) EXPECT_NEAR(attention.importance[head], std::sqrt(squares), 1e-3);
  }
}

TEST_F(HeadPruningTest, RefusesNumbersThatLeaveNothingOrChangeNothing) {
  for (const std::int64_t heads : {std::int64_t{0}, std::int64_t{-1}, spec_.num_heads}) {
    SafetensorsFile file = open();
    T5Spec spec = spec_;
    try {
      prune_heads(heads, spec, file);
      FAIL() << heads;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.what(), testing::HasSubstr("compress.heads"));
    }
  }
}

TEST_F(HeadPruningTest, RefusesModelsWithPrefixes) {
  SafetensorsFile file = open();
  spec_.prefix_tokens = 2;
  EXPECT_THROW(prune_heads(1, spec_, file), Error);
}

}  // namespace
}  // namespace p5
