// RUN/checkpoint/: everything that a run needs to go on as if it had never stopped (docs/formats.md). A checkpoint is
// written whole or not at all. The previous one is kept until then, and every file is verified when it is opened. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "train/early_stopping.h"
#include "train/trainer.h"

namespace p5 {

// The state of a run, apart from the tensors.
struct TrainerState {
  std::int64_t step = 0;             // optimizer steps done
  std::int64_t planned_steps = 0;    // of the whole run: the length of the schedule
  std::int64_t batches = 0;          // batches consumed, by all processes together
  std::int64_t world = 1;            // processes that train together (train/training_world.h)
  std::int64_t tokens = 0;           // kept tokens in them
  double seconds = 0;                // so far, including validation, without interruptions
  double step_seconds = 0;           // of them, in steps
  std::int64_t validated_step = -1;  // the step of the last validation; -1 = none yet
  double smooth_loss = 0;            // exponential mean of the loss, before its correction for the start
  EarlyStopping::State early_stopping;
  std::map<std::string, std::string> options;  // fixed_options() of the run
};

// The options of scope training, which decide what the next step does, by key, as TOML.
std::map<std::string, std::string> fixed_options(const TrainOptions& options);

// Throws InvalidArgument (request) naming the first option that differs, its saved and its present value.
void require_same_options(const TrainerState& saved, const TrainOptions& options, std::int64_t planned_steps);

class CheckpointWriter {
 public:
  explicit CheckpointWriter(const std::filesystem::path& run);

  // Where the caller writes its files, before commit().
  std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  // Lists size and checksum of every file in trainer.json and replaces the former checkpoint.
  void commit(const TrainerState& state);

 private:
  AtomicDirectory folder_;
};

// A file of a checkpoint as it was verified, even if the folder changes afterwards.
struct CheckpointFile {
  std::filesystem::path path;
  std::shared_ptr<const MappedFile> content;

  std::string_view text() const { return content->text(); }
};

class Checkpoint {
 public:
  // The checkpoint of a run folder, if there is one, with every file opened once and verified; throws Corrupted (model)
  // naming file, expected and got. Restores a former checkpoint that a killed program left aside; removes other
  // leftovers.
  static std::optional<Checkpoint> open(const std::filesystem::path& run);

  // Removes the checkpoint of a run that starts anew, including leftovers.
  static void remove(const std::filesystem::path& run);

  const TrainerState& state() const { return state_; }
  bool has(const std::string& name) const { return files_.contains(name); }
  // Throws Corrupted (model) when the manifest does not list the file.
  const CheckpointFile& file(const std::string& name) const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, CheckpointFile> files_;
  TrainerState state_;
};

}  // namespace p5
