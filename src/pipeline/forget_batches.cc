#include "pipeline/forget_batches.h"

#include <fmt/format.h>

#include <charconv>

#include "model/token_batch_check.h"
#include "p5/error.h"
#include "pipeline/membership_test.h"

namespace p5 {
namespace {

constexpr std::string_view kStateName = "p5-forget-1 ";

}  // namespace

ForgetBatches::ForgetBatches(SequenceModel& model, BatchSource& others, const UnitExamples& forgotten,
                             std::int64_t rows, double enough)
    : model_(model), others_(others), forgotten_(forgotten), rows_(rows), enough_(enough) {}

TokenBatch ForgetBatches::next() {
  if (drawn_++ % 2 == 0) return others_.next();
  TokenBatch batch = forgotten_.draw(0, drawn_, rows_);
  const std::vector<double> losses = answer_losses(model_, batch);
  std::int64_t known = 0;
  batch.row_weight.assign(losses.size(), 0.0f);
  for (std::size_t row = 0; row < losses.size(); ++row) {
    if (losses[row] >= enough_) continue;
    batch.row_weight[row] = -1.0f;
    ++known;
  }
  still_known_ = static_cast<double>(known) / static_cast<double>(batch.rows);
  batch.objective = kPolicyGradient;  // the mean over rows of weight * -log p
  return batch;
}

std::string ForgetBatches::state() const { return fmt::format("{}{} {}", kStateName, drawn_, others_.state()); }

void ForgetBatches::set_state(const std::string& state) {
  const std::size_t end = state.find(' ', std::min(state.size(), kStateName.size()));
  std::uint64_t drawn = 0;
  if (!state.starts_with(kStateName) || end == std::string::npos ||
      std::from_chars(state.data() + kStateName.size(), state.data() + end, drawn).ptr != state.data() + end) {
    throw model_error("the position in the training data is damaged",
                      {.where = "checkpoint",
                       .expected = std::string(kStateName) + "<number> ...",
                       .got = "'" + state.substr(0, 40) + "'"});
  }
  others_.set_state(state.substr(end + 1));
  drawn_ = drawn;
}

}  // namespace p5
