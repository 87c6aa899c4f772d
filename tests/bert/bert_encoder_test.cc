#include "bert/bert_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "bert/tiny_bert.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::AllOf;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;
using Texts = std::vector<std::vector<TokenId>>;

// By a forward pass in plain Python, float64, written from the paper and Hugging Face's description of the layers.
const std::vector<float> kLast = {0.471996f, -0.525722f, -0.463492f, -0.187079f, 0.272852f, 0.535497f};
const std::vector<float> kMeans = {0.453472f, -0.534914f, -0.471137f, -0.227237f, 0.358087f, 0.676502f,
                                   0.351341f, -0.538519f, -0.479380f, -0.371466f, 0.597876f, 1.062835f};

class BertEncoderTest : public testing::Test {
 protected:
  std::string error_of_config(const std::string& from, const std::string& to) {
    std::string config = test::kTinyBertConfig;
    config.replace(config.find(from), from.size(), to);
    write_file_atomically(folder_ / "config.json", config);
    try {
      const BertEncoder encoder(folder_.path());
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }

  void SetUp() override { test::write_tiny_bert(folder_.path()); }
  test::TemporaryFolder folder_;
};

TEST_F(BertEncoderTest, StatesAndMeansAreThoseOfAnIndependentForwardPass) {
  const BertEncoder encoder(folder_.path());
  const Texts texts = {{2, 5, 7, 3}, {2, 11, 3}};
  const std::vector<float> states = encoder.states(texts);
  ASSERT_EQ(states.size(), 7U * 6U);
  EXPECT_THAT(std::vector<float>(states.begin() + 18, states.begin() + 24), Pointwise(FloatNear(1e-5f), kLast));
  EXPECT_THAT(encoder.means(texts), Pointwise(FloatNear(1e-5f), kMeans));
}

TEST_F(BertEncoderTest, NamesMayBeginWithBert) {
  test::write_tiny_bert(folder_.path(), "bert.");
  const BertEncoder encoder(folder_.path());
  EXPECT_THAT(encoder.means(Texts{{2, 5, 7, 3}, {2, 11, 3}}), Pointwise(FloatNear(1e-5f), kMeans));
}

TEST_F(BertEncoderTest, OtherModelsAreRefused) {
  EXPECT_THAT(error_of_config(R"("hidden_act": "gelu")", R"("hidden_act": "relu")"),
              AllOf(HasSubstr("hidden_act"), HasSubstr("gelu"), HasSubstr("relu")));
  EXPECT_THAT(error_of_config(R"("model_type": "bert")", R"("model_type": "gpt2")"), HasSubstr("model_type"));
  EXPECT_THAT(error_of_config(R"("num_attention_heads": 2)", R"("num_attention_heads": 4)"),
              AllOf(HasSubstr("num_attention_heads"), HasSubstr("divisor of hidden_size = 6")));
  EXPECT_THAT(error_of_config(R"("intermediate_size": 10)", R"("intermediate_size": 11)"),
              AllOf(HasSubstr("intermediate.dense"), HasSubstr("[11, 6]"), HasSubstr("[10, 6]")));
  EXPECT_THAT(error_of_config(R"("num_hidden_layers": 2)", R"("num_hidden_layers": 3)"),
              AllOf(HasSubstr("encoder.layer.2."), HasSubstr("no such tensor")));
}

TEST_F(BertEncoderTest, TextsThatItCannotReadAreRefused) {
  const BertEncoder encoder(folder_.path());
  EXPECT_THROW(encoder.means(Texts{{2, 12, 3}}), Error);
  EXPECT_THROW(encoder.means(Texts{{}}), Error);
  EXPECT_THROW(encoder.means(Texts{std::vector<TokenId>(9, 2)}), Error);
}

}  // namespace
}  // namespace p5
