// A SequenceModel without weights: a function of the batch gives the scorer, and every batch is kept for inspection.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/sequence_model.h"
#include "model/text_generator.h"
#include "support/table_scorer.h"

namespace p5::test {

// The shape of no architecture.
struct FakeSpec final : ModelSpec {
  FakeSpec() { whole_word_rows = 512; }
  std::string_view model_type() const override { return "fake"; }
  std::int64_t parameter_count() const override { return 0; }
  TrainingMemory training_memory(std::int64_t, std::int64_t) const override { return {}; }
  void write_json(const std::filesystem::path&) const override {}
};

class FakeSequenceModel final : public SequenceModel, public TextGenerator {
 public:
  // `logit(source tokens without padding, target so far, next token)`.
  using Logit =
      std::function<double(const std::vector<TokenId>& source, const std::vector<TokenId>& target, TokenId token)>;

  FakeSequenceModel(TokenId vocabulary, Logit logit) : vocabulary_(vocabulary), logit_(std::move(logit)) {}
  // Random answers that depend only on the source, in whatever batch it comes.
  static FakeSequenceModel random(TokenId vocabulary) {
    return {vocabulary, [](const auto& source, const auto& target, TokenId token) {
              std::string name;
              for (const TokenId piece : source) name += std::to_string(piece) + ",";
              for (const TokenId piece : target) name += " " + std::to_string(piece);
              return 2.0 * Rng(11, name + " > " + std::to_string(token)).normal();
            }};
  }

  const ModelSpec& spec() const override { return spec_; }
  std::string device() const override { return "none"; }
  std::unique_ptr<NextTokenScorer> start(const TokenBatch& sources) override {
    started_.clear();
    for (std::int32_t row = 0; row < sources.rows; ++row) {
      auto& tokens = started_.emplace_back();
      for (std::int32_t i = row * sources.source_length; i < (row + 1) * sources.source_length; ++i) {
        if (sources.source_mask[static_cast<std::size_t>(i)] != 0)
          tokens.push_back(sources.source[static_cast<std::size_t>(i)]);
      }
    }
    ++batches_;
    return std::make_unique<TableScorer>(sources.rows, vocabulary_,
                                         [rows = started_, this](std::int32_t row, const auto& target, TokenId token) {
                                           return logit_(rows[static_cast<std::size_t>(row)], target, token);
                                         });
  }
  std::vector<float> score_targets(const TokenBatch& batch) override {
    return std::vector<float>(static_cast<std::size_t>(batch.rows));
  }
  void save(const std::filesystem::path&) const override {}
  std::unique_ptr<SequenceModel> replica() const override { return std::make_unique<FakeSequenceModel>(*this); }

  const std::vector<std::vector<TokenId>>& started() const { return started_; }  // sources of the last batch
  int batches() const { return batches_; }

 private:
  FakeSpec spec_;
  TokenId vocabulary_;
  Logit logit_;
  std::vector<std::vector<TokenId>> started_;
  int batches_ = 0;
};

}  // namespace p5::test
