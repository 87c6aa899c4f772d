#include "bench/train_bench.h"

#include <cstddef>
#include <string>
#include <vector>

#include "architectures/architecture_list.h"
#include "base/rng.h"
#include "bench/flop_count.h"
#include "bench/matrix_peak.h"
#include "bench/measure.h"
#include "bench/random_batch.h"
#include "bench/scratch_folder.h"
#include "bench/unit_peak.h"
#include "nn/matrix_product.h"
#include "p5/error.h"
#include "train/trainer.h"

namespace p5 {
namespace {

constexpr std::uint64_t kTrainSeed = 2022;
constexpr std::size_t kWarmUpSteps = 3;

// An endless stream of random batches, and the time of each call for one.
class RandomBatches final : public BatchSource {
 public:
  RandomBatches(const BatchShape& shape, std::int64_t vocab) : shape_(shape), vocab_(vocab) {}

  TokenBatch next() override {
    calls_.push_back(BenchClock::now());
    peak_memory_mb_ = peak_memory_mb();
    return random_batch(shape_, vocab_, rng_);
  }
  std::int64_t batches_per_epoch() const override { return 1'000'000'000; }
  std::string state() const override { return {}; }
  void set_state(const std::string&) override {}

  std::vector<double> step_seconds() const {
    std::vector<double> seconds;
    for (std::size_t i = kWarmUpSteps + 1; i < calls_.size(); ++i) {
      seconds.push_back(std::chrono::duration<double>(calls_[i] - calls_[i - 1]).count());
    }
    return seconds;
  }
  // Memory at the last call for a batch: what is written at the end does not count.
  double peak_memory() const { return peak_memory_mb_; }

 private:
  BatchShape shape_;
  std::int64_t vocab_;
  Rng rng_{kTrainSeed, "bench train"};
  std::vector<BenchClock::time_point> calls_;
  double peak_memory_mb_ = 0;
};

// Returns the number of threads that did the work.
std::int64_t run_steps(SequenceModel& model, RandomBatches& batches, std::int64_t steps,
                       TrainOptions::Precision precision) {
  TrainOptions options;
  options.precision = precision;
  options.schedule = ScheduleShape::kConstant;
  options.warmup = 0;
  options.max_steps = static_cast<std::int64_t>(kWarmUpSteps) + steps + 1;  // the last step ends the one before
  options.validate_every = 0;
  options.checkpoint_minutes = 1'000'000;
  options.seed = kTrainSeed;
  const ScratchFolder run;
  const TrainResult result = fit(model, batches, options, {}, run.path(), /*resume=*/false);
  if (result.steps < options.max_steps) throw system_error("the measurement was interrupted");
  return result.threads;
}

}  // namespace

BenchReport bench_train(const ModelBenchOptions& options) {
  const T5Spec spec = options.spec();
  const BatchShape shape{.rows = options.batch, .source = options.source, .target = options.target};
  if (!options.device.device.starts_with("cuda")) {
    require_memory(spec.training_memory(/*optimizer_buffers=*/2, shape.rows * (shape.source + shape.target)).total());
  }
  RandomBatches batches(shape, options.vocab);
  const auto model = make_sequence_model(spec, kTrainSeed, options.device);
  const std::int64_t threads = run_steps(*model, batches, options.steps, options.precision);

  const bool bfloat16 = options.precision == TrainOptions::Precision::kBfloat16;
  const double seconds = median(batches.step_seconds());
  const double flops = training_flops(spec, shape), peak = measured_peak(options.device, bfloat16);
  BenchReport report{{"job", "train"},
                     {"device", model->device()},
                     {"parameters", spec.parameter_count()},
                     {"threads", threads},
                     {"kernel", matrix_kernel_name()},
                     {"matmul", options.device.matmul},
                     {"precision", bfloat16 ? "bfloat16" : "float32"},
                     {"step_ms_median", seconds * 1e3},
                     {"tokens_per_s", static_cast<double>(shape.rows * (shape.source + shape.target)) / seconds}};
  add_floor(report, flops, seconds, peak);
  add_unit(report, options.device, flops, seconds);
  report["peak_memory_mb"] = batches.peak_memory();
  return report;
}

}  // namespace p5
