// The examples of a batch stream by units (users, clients, single examples), for training that bounds what each of them
// adds to a step. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "task/batch_stream.h"
#include "task/unit_examples.h"
#include "train/trainer.h"
#include "train/unit_source.h"

namespace p5 {

class UnitBatches final : public BatchSource, public UnitSource {
 public:
  // `per_step`: units whose examples make a step, on average. Both others must outlive the batches.
  UnitBatches(BatchStream& stream, const UnitExamples& examples, std::int64_t per_step);

  TokenBatch next() override { return stream_->next(); }
  std::int64_t batches_per_epoch() const override { return batches_per_epoch_; }
  std::vector<std::string> family_names() const override { return examples_->family_names(); }
  std::string state() const override;
  // Throws Corrupted (model) for a state of other units.
  void set_state(const std::string& state) override;

  UnitSource* units() override { return this; }
  std::int64_t size() const override { return static_cast<std::int64_t>(examples_->size()); }
  std::int64_t examples(std::int64_t unit) const override {
    return examples_->examples(static_cast<std::size_t>(unit));
  }
  double share(std::int64_t unit) const override { return examples_->share(static_cast<std::size_t>(unit)); }
  TokenBatch draw(std::int64_t unit, std::uint64_t visit, std::int64_t rows) override {
    return examples_->draw(static_cast<std::size_t>(unit), visit, rows);
  }

 private:
  BatchStream* stream_;
  const UnitExamples* examples_;
  std::int64_t batches_per_epoch_ = 0;
};

}  // namespace p5
