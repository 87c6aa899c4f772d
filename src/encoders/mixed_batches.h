// The training rows of a mix of objectives: a batch of each in turn, so that a step that gathers one batch of every
// objective descends on their weighted sum. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "encoders/encoder_batches.h"

namespace p5 {

class MixedBatches final : public BatchSource {
 public:
  // Not empty. An epoch is one pass over the rows of the objective that has most batches; the others begin again.
  explicit MixedBatches(std::vector<std::unique_ptr<EncoderBatches>> parts);

  std::size_t part_count() const { return parts_.size(); }
  const EncoderBatches& part(std::size_t number) const { return *parts_[number]; }

  TokenBatch next() override;
  bool gives_parts() const override { return true; }
  std::int64_t batches_per_epoch() const override;
  std::vector<std::string> family_names() const override;
  std::string state() const override;
  void set_state(const std::string& state) override;

 private:
  std::vector<std::unique_ptr<EncoderBatches>> parts_;
  std::size_t turn_ = 0;
};

}  // namespace p5
