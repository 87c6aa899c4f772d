// The batch stream of room `task` as the batches of room `train`; neither depends on the other. Not thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "task/batch_stream.h"
#include "train/trainer.h"

namespace p5 {

class MixtureBatches final : public BatchSource {
 public:
  // `stream` must outlive the batches.
  MixtureBatches(BatchStream& stream, std::vector<std::string> families)
      : stream_(&stream), families_(std::move(families)) {}
  TokenBatch next() override { return stream_->next(); }
  std::int64_t batches_per_epoch() const override { return stream_->batches_per_epoch(); }
  std::vector<std::string> family_names() const override { return families_; }
  std::string state() const override { return stream_->state(); }
  void set_state(const std::string& state) override { stream_->set_state(state); }

 private:
  BatchStream* stream_;
  std::vector<std::string> families_;
};

}  // namespace p5
