#include "t5/t5_checkpoint.h"

#include <gmock/gmock.h>

#include <vector>

#include "base/file.h"
#include "model/checkpoint_weights.h"
#include "p5/error.h"
#include "support/recording_sink.h"
#include "support/temporary_folder.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

using testing::HasSubstr;

T5Spec small(bool tied) {
  T5Spec spec;
  spec.vocab_size = 8;
  spec.d_model = 4;
  spec.d_kv = 2;
  spec.d_ff = 6;
  spec.num_layers = spec.num_decoder_layers = 1;
  spec.num_heads = 2;
  spec.tie_word_embeddings = spec.scale_decoder_outputs = tied;
  return spec;
}

class T5Checkpoint : public testing::Test {
 protected:
  // Writes a model whose tensor `from` is called `to`, or is left out where that is empty.
  void write(const T5Spec& spec, const std::string& from, const std::string& to) {
    std::vector<std::vector<float>> values;
    std::vector<TensorRecord> records;
    values.reserve(100);
    for (const ExpectedTensor& tensor : expected_tensors(spec)) {
      std::size_t count = 1;
      for (const std::int64_t extent : tensor.shape) count *= static_cast<std::size_t>(extent);
      values.emplace_back(count, static_cast<float>(values.size()));
      const std::string name = tensor.name == from ? to : tensor.name;
      if (name.empty()) continue;
      records.push_back({.name = name,
                         .type = TensorType::kF32,
                         .shape = tensor.shape,
                         .bytes = std::as_bytes(std::span(values.back()))});
    }
    save_checkpoint(folder_.path(), spec, records);
  }
  T5Spec load() {
    const SafetensorsFile file = open_t5_weights(folder_.path());
    return spec_of_checkpoint(T5Spec::read_json(folder_ / kConfigFile), file);
  }

  test::TemporaryFolder folder_;
};

TEST_F(T5Checkpoint, TheEmbeddingIsFoundUnderAnyOfItsNames) {
  for (const std::string name :
       {"shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"}) {
    write(small(true), "shared.weight", name);
    EXPECT_TRUE(load().tie_word_embeddings) << name;
  }
  write(small(false), "shared.weight", "encoder.embed_tokens.weight");
  EXPECT_FALSE(load().tie_word_embeddings) << "its lm_head.weight differs";
  write(small(false), "shared.weight", "");
  EXPECT_THAT(test::error_of([&] { load(); }), HasSubstr("shared.weight")) << "an untied output matrix is no embedding";
}

TEST_F(T5Checkpoint, AnUntiedModelNeedsItsOutputMatrix) {
  write(small(false), "lm_head.weight", "");
  EXPECT_THAT(test::error_of([&] { load(); }), HasSubstr("lm_head.weight"));
}

}  // namespace
}  // namespace p5
