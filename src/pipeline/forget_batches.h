// Batches that make a model forget some users' examples and keep the others': in turn a batch of the others, as in
// training, and one of the forgotten, whose rows are made less likely (gradient ascent: Jang et al. 2023, arXiv
// 2210.01504; with the others' batches beside it NegGrad+ of Kurmanji et al. 2023, arXiv 2302.09880). Ascent has no end
// of its own: a row counts only while its loss is below `enough`, that of answers which the model never saw. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/sequence_model.h"
#include "task/unit_examples.h"
#include "train/trainer.h"

namespace p5 {

class ForgetBatches final : public BatchSource {
 public:
  // `others` and `forgotten` must outlive the batches; the latter has one unit. `enough`: -log p per token.
  ForgetBatches(SequenceModel& model, BatchSource& others, const UnitExamples& forgotten, std::int64_t rows,
                double enough);

  TokenBatch next() override;
  std::int64_t batches_per_epoch() const override { return others_.batches_per_epoch(); }
  std::vector<std::string> family_names() const override { return others_.family_names(); }
  std::string state() const override;
  void set_state(const std::string& state) override;
  // Rows of the last batch of the forgotten whose loss was below `enough`, as a share.
  double still_known() const { return still_known_; }

 private:
  SequenceModel& model_;
  BatchSource& others_;
  const UnitExamples& forgotten_;
  std::int64_t rows_;
  double enough_, still_known_ = 1;
  std::uint64_t drawn_ = 0;
};

}  // namespace p5
