// Fits a model and survives a restart. Torch-free face; the body lives behind the wall.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "model/sequence_model.h"
#include "text/token_batch.h"

namespace p5 {

// Where batches come from; `train` knows neither prompts nor corpus. An endless stream: epochs are the source's affair.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual TokenBatch next() = 0;
  // Steps (batches) of one epoch, as planned: schedules and validation intervals are counted in these.
  virtual std::int64_t batches_per_epoch() const = 0;
  // Position and generators as opaque bytes; a restored source continues with the very next batch.
  virtual std::string state() const = 0;
  virtual void set_state(const std::string& state) = 0;
};

struct TrainOptions {
  std::string optimizer = "adamw";  // adamw | adam | sgd
  double lr = 1e-3;                 // peak learning rate
  double weight_decay = 0.01;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-6;
  double momentum = 0.9;                 // sgd
  double clip = 1.0;                     // gradient norm; 0 = off
  std::string precision = "float32";     // float32 | bfloat16 (nn/autocast_module.h), on a GPU
  std::string family_weights = "fixed";  // fixed | learned (train/family_weights.h), on top of the rows' own
  double average = 0;               // memory of the averaged weights that are validated and kept; 0 = the last ones
  std::string schedule = "linear";  // constant | linear | cosine | inverse-sqrt
  double warmup = 0.05;             // share of all steps
  std::int64_t epochs = 10;
  std::int64_t max_steps = 0;           // 0 = epochs decide
  double max_minutes = 0;               // wall-clock budget; 0 = none. The schedule stays that of the planned steps
  std::int64_t accumulate = 1;          // batches a step
  double validate_every = 1.0;          // epochs between validations
  std::int64_t patience = 5;            // validations without a better NDCG@10 before stopping; 0 = never
  std::int64_t checkpoint_minutes = 5;  // between checkpoints; one is always written at each validation
  std::uint64_t seed = 2022;
  std::vector<std::string> family_names;  // for the loss by family in metrics.jsonl (set by code, no option)

  void bind(OptionTable& table);  // rows train.*
};

struct TrainCallbacks {
  // Returns the selection metric (validation NDCG@10, higher is better) of the model as it stands, or nothing when it
  // was interrupted: the run then saves and stops, and begins with this validation when it is resumed.
  std::function<std::optional<double>(SequenceModel&, std::int64_t step, double epoch)> validate;
};

struct TrainResult {
  std::int64_t steps = 0;
  double epochs = 0;
  double best_metric = 0;
  std::int64_t best_step = 0;
  double last_loss = 0;
  double tokens_per_second = 0;
  double seconds = 0;
  std::string stopped_by;  // "epochs" | "max-steps" | "patience" | "minutes" | "SIGINT" | "SIGTERM"
};

// Trains in place. `run` receives checkpoint/ (atomic; weights, optimiser, generators, data position, best weights),
// metrics.jsonl and TensorBoard event files. With `resume` and a checkpoint in `run`, continues bit-identically on the
// CPU with one thread; without a checkpoint starts afresh. At the end the model holds the weights of the best
// validation.
TrainResult fit(SequenceModel& model, BatchSource& batches, const TrainOptions& options,
                const TrainCallbacks& callbacks, const std::filesystem::path& run, bool resume);

}  // namespace p5
