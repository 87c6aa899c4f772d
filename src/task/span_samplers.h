// Pretraining without labels: span corruption of histories, whose units are items, and of texts, whose units are words.
// Thread-safe: all const.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "task/sampler_inputs.h"
#include "task/span_corruption.h"
#include "task/training_sampler.h"

namespace p5 {

// Indices: users with at least two training items. The newest task.max_history of them are the sequence.
class HistorySpanSampler final : public TrainingSampler {
 public:
  HistorySpanSampler(std::string family, const SamplerInputs& inputs);
  const std::string& family() const override { return family_; }
  std::size_t size() const override { return users_.size(); }
  std::optional<UserId> user_of(std::size_t index) const override { return users_[index]; }
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  std::string family_;
  std::shared_ptr<const Split> split_;
  TaskOptions options_;
  std::vector<UserId> users_;
};

// Indices: items whose title, brand, categories and description have at least two words, then reviews of the train part
// with as many. A text is cut at task.max_review bytes.
class TextSpanSampler final : public TrainingSampler {
 public:
  TextSpanSampler(std::string family, const SamplerInputs& inputs);
  const std::string& family() const override { return family_; }
  std::size_t size() const override { return items_.size() + reviews_.size(); }
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  std::string text_of(std::size_t index) const;

  std::string family_;
  std::shared_ptr<const Split> split_;
  std::size_t most_bytes_;
  std::vector<ItemId> items_;
  std::vector<std::size_t> reviews_;  // in the corpus's columns
};

}  // namespace p5
