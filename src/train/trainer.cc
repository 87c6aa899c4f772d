#include "train/trainer.h"

#include "nn/torch_library.h"
#include "p5/error.h"
#include "train/fit_request.h"

namespace p5 {
namespace {

// Callers may fill the struct without a table: setting every value again through its row checks range and choice.
void check_options(const TrainOptions& options) {
  TrainOptions copy = options;
  OptionTable table;
  copy.bind(table);
  for (const OptionRow& row : table.rows()) {
    table.set(row.key, row.print(), "TrainOptions");
  }
}

}  // namespace

TrainResult fit(SequenceModel& model, BatchSource& batches, const TrainOptions& options,
                const TrainCallbacks& callbacks, const std::filesystem::path& run, bool resume) {
  check_options(options);
  if (options.precision == TrainOptions::Precision::kBfloat16 && model.device() == "cpu") {
    throw usage_error("train.precision = bfloat16 needs a GPU",
                      {.expected = "device.name = cuda, or float32 (on a CPU device.matmul = medium is bfloat16)",
                       .got = "device cpu"});
  }
  if (batches.batches_per_epoch() <= 0) {
    throw data_error("there is nothing to train on",
                     {.where = run.string(), .expected = "at least one batch per epoch", .got = "none"});
  }
  std::error_code failure;
  std::filesystem::create_directories(run, failure);
  if (failure) {
    throw system_error("cannot create the run folder", {.where = run.string(), .got = failure.message()});
  }
  TrainResult result;
  const FitRequest request{model, batches, options, callbacks, run, resume};
  torch_library().function<decltype(&p5_torch_fit)>("p5_torch_fit")(request, result);
  return result;
}

}  // namespace p5
