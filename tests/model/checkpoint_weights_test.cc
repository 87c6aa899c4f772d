#include "model/checkpoint_weights.h"

#include <gmock/gmock.h>

#include <vector>

#include "base/file.h"
#include "p5/error.h"
#include "support/recording_sink.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;

class CheckpointWeights : public testing::Test {
 protected:
  void shard(const std::string& file, const std::vector<std::string>& names) {
    std::vector<TensorRecord> records;
    for (const std::string& name : names) {
      records.push_back(
          {.name = name, .type = TensorType::kF32, .shape = {2}, .bytes = std::as_bytes(std::span(values_))});
    }
    write_safetensors(folder_ / file, records);
  }
  void index(std::string_view map) {
    write_file_atomically(folder_ / "model.safetensors.index.json",
                          std::string("{\"metadata\": {}, \"weight_map\": ").append(map).append("}"));
  }
  std::string error() {
    return test::error_of([&] { open_weights(folder_ / kWeightsFile); });
  }

  test::TemporaryFolder folder_;
  std::vector<float> values_{1.5f, -2.0f};
};

TEST_F(CheckpointWeights, ShardsAreOneFile) {
  shard("model-00001-of-00002.safetensors", {"a", "b"});
  shard("model-00002-of-00002.safetensors", {"c"});
  index(R"({"a": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors",)"
        R"( "copy": "model-00001-of-00002.safetensors"})");
  SafetensorsFile file = open_weights(folder_ / kWeightsFile);
  EXPECT_EQ(file.tensors().size(), 3u) << "names that no shard holds are passed over";
  std::vector<float> values(2);
  copy_as_float(*file.find("c"), values);
  EXPECT_EQ(values, values_);
  file.also_call("a", "other");
  copy_as_float(*file.find("other"), values);
  EXPECT_EQ(values, values_);
  EXPECT_NE(file.find("a"), nullptr);
}

TEST_F(CheckpointWeights, ABadIndexIsNamed) {
  EXPECT_THAT(error(), HasSubstr("model.safetensors.index.json")) << "nothing is there";
  index(R"({"a": "model-1.safetensors"})");
  EXPECT_THAT(error(), HasSubstr("model-1.safetensors"));
  index(R"({"a": "../model-1.safetensors"})");
  EXPECT_THAT(error(), HasSubstr("weight_map"));
  index(R"({})");
  EXPECT_THAT(error(), HasSubstr("weight_map"));
  shard("1.safetensors", {"a"});
  shard("2.safetensors", {"a"});
  index(R"({"a": "1.safetensors", "b": "2.safetensors"})");
  EXPECT_THAT(error(), HasSubstr("two shards"));
}

}  // namespace
}  // namespace p5
