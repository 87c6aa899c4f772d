// What the tests of training share: a model of a few thousand weights, a task that it can learn, and a run folder. Part
// of the one translation unit of the tests that need LibTorch.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstring>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/rng.h"
#include "p5/error.h"
#include "support/temporary_folder.h"
#include "t5/t5_torch_model_module.h"
#include "train/trainer.h"

namespace p5::test {

inline constexpr std::int32_t kVocab = 24;

inline std::unique_ptr<T5TorchModel> nano_model(std::uint64_t seed = 5, double dropout = 0.1) {
  T5Spec spec = T5Spec::preset("nano");
  spec.vocab_size = kVocab;
  spec.dropout_rate = dropout;
  return std::make_unique<T5TorchModel>(spec, seed, DeviceOptions{.device = "cpu", .threads = 1});
}

// Repeat the source: the smallest task that needs encoder, decoder and the attention between them.
class CopySource final : public BatchSource {
 public:
  explicit CopySource(std::int64_t batches_per_epoch = 8) : batches_per_epoch_(batches_per_epoch) {}

  TokenBatch next() override {
    ++drawn_;
    if (before_batch) before_batch(drawn_);
    std::vector<TokenRow> rows(8);
    for (TokenRow& row : rows) {
      for (std::uint64_t length = 2 + rng_.below(3); length > 0; --length) {
        row.source.push_back(static_cast<TokenId>(3 + rng_.below(kVocab - 3)));
      }
      row.target = row.source;
      row.target.push_back(kEndToken);
      row.family = static_cast<std::int16_t>(row.source.size() % 2);
    }
    return pad_rows(rows);
  }
  std::int64_t batches_per_epoch() const override { return batches_per_epoch_; }
  std::vector<std::string> family_names() const override { return families; }
  std::string state() const override {
    if (before_state) before_state(drawn_);
    std::string bytes(sizeof(Rng::State) + sizeof(drawn_), '\0');
    std::memcpy(bytes.data(), rng_.state().data(), sizeof(Rng::State));
    std::memcpy(bytes.data() + sizeof(Rng::State), &drawn_, sizeof(drawn_));
    return bytes;
  }
  void set_state(const std::string& bytes) override {
    ASSERT_EQ(bytes.size(), sizeof(Rng::State) + sizeof(drawn_));
    Rng::State state;
    std::memcpy(state.data(), bytes.data(), sizeof(state));
    std::memcpy(&drawn_, bytes.data() + sizeof(state), sizeof(drawn_));
    rng_.set_state(state);
  }

  std::function<void(std::int64_t drawn)> before_batch, before_state;
  std::vector<std::string> families = {"even", "odd"};

 private:
  std::int64_t batches_per_epoch_;
  std::int64_t drawn_ = 0;
  Rng rng_{11, "copy"};
};

// Like the nano model, and large enough for several threads: heads, slabs of hidden units and of vocabulary.
inline std::unique_ptr<T5TorchModel> wide_model(std::int64_t threads) {
  T5Spec spec = T5Spec::preset("nano");
  spec.vocab_size = 1300;
  spec.d_model = 40;
  spec.d_ff = 300;
  spec.num_heads = 3;
  spec.d_kv = 16;
  spec.dropout_rate = 0.1;
  return std::make_unique<T5TorchModel>(spec, 5, DeviceOptions{.device = "cpu", .threads = threads});
}

// Batches of many chunks: 64 rows of up to 40 tokens, some with weights of their own.
class WideSource final : public BatchSource {
 public:
  TokenBatch next() override {
    std::vector<TokenRow> rows(64);
    for (TokenRow& row : rows) {
      const auto word = [&] { return static_cast<TokenId>(3 + rng_.below(1297)); };
      for (std::uint64_t length = 20 + rng_.below(20); length > 0; --length) row.source.push_back(word());
      for (std::uint64_t length = 1 + rng_.below(6); length > 0; --length) row.target.push_back(word());
      row.target.push_back(kEndToken);
      row.family = static_cast<std::int16_t>(row.source.size() % 2);
      row.weight = row.family == 0 ? 1.0f : 0.5f;
    }
    return pad_rows(rows);
  }
  std::int64_t batches_per_epoch() const override { return 1000; }
  std::string state() const override { return {}; }
  void set_state(const std::string&) override {}

 private:
  Rng rng_{12, "wide"};
};

inline TrainOptions quick_options() {
  TrainOptions options;
  options.lr = 3e-3;
  options.epochs = 3;
  return options;
}

inline std::string weight_bytes(T5TorchModel& model) {
  std::string bytes;
  for (const torch::Tensor& parameter : model.module().parameters()) {
    const torch::Tensor flat = parameter.detach().contiguous();
    bytes.append(static_cast<const char*>(flat.data_ptr()), flat.nbytes());
  }
  return bytes;
}

inline std::vector<nlohmann::json> metrics_of(const std::filesystem::path& run) {
  std::istringstream text(read_file(run / "metrics.jsonl"));
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

class TrainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log_level(LogLevel::kWarning);
    set_interrupt(0);
  }
  void TearDown() override { set_interrupt(0); }

  TemporaryFolder folder_;
  const TrainCallbacks no_callbacks_{.validate = {}, .stop = interrupt_token()};
};

// Everything that decides how a run continues, side by side.
inline std::string future_of(const std::filesystem::path& run) {
  std::string bytes;
  for (const char* name : {"weights.safetensors", "optimizer.safetensors", "generator.bin", "batches.bin"}) {
    bytes += read_file(run / "checkpoint" / name);
  }
  return bytes;
}

inline std::string message_of(const std::function<void()>& body, int exit_code) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code_of(error), exit_code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

}  // namespace p5::test
