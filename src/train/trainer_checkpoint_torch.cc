// What a trainer saves and goes on from.
#include "base/file.h"
#include "train/checkpoint_tensors_module.h"
#include "train/trainer_module.h"

namespace p5 {
namespace {

// "mean/encoder..." and so on: every buffer of the optimizer in one file, each by parameter as `split` does it.
template <typename Split>
NamedTensors optimizer_tensors(const Optimizer& optimizer, const Split& split) {
  NamedTensors tensors;
  for (const auto& [buffer, flat] : optimizer.buffers()) {
    for (auto& [name, tensor] : split(flat)) tensors.emplace_back(buffer + "/" + name, tensor);
  }
  return tensors;
}

}  // namespace

void Trainer::restore(const Checkpoint& checkpoint) {
  state_ = checkpoint.state();
  if (state_.world != takers_) {  // steps are those of this many processes from now on
    state_.step = state_.batches / batches_of_step();
    state_.validated_step = -1;
    state_.world = takers_;
  }
  const ShardedTensor* const sharded = sharded_ ? &*sharded_ : nullptr;
  early_stopping_.set_state(state_.early_stopping);
  load_tensors(checkpoint.file("weights.safetensors"), parameters_.views(parameters_.weights()), sharded);
  const auto views = [this](const torch::Tensor& flat) { return parameters_.views(flat); };
  load_tensors(checkpoint.file("optimizer.safetensors"), optimizer_tensors(optimizer_, views), sharded);
  optimizer_.set_steps(state_.step);
  if (family_weights_.learned()) {
    const CheckpointFile& file = checkpoint.file("families.txt");
    family_weights_.set_state(std::string(file.text()), file.path.string());
  }
  if (average_.defined()) load_tensors(checkpoint.file("average.safetensors"), parameters_.views(average_), sharded);
  if (checkpoint.has("best.safetensors")) {
    best_weights_ = torch::zeros_like(parameters_.weights(), torch::kCPU);
    load_tensors(checkpoint.file("best.safetensors"), parameters_.views(best_weights_), sharded);
  }
  request_.batches.set_state(std::string(checkpoint.file("batches.bin").text()));
  set_generator_state(torch::kCPU, checkpoint.file("generator.bin"));
  if (!request_.callbacks.world.leads()) {  // dropout of its own
    torch::manual_seed(options_.seed + static_cast<std::uint64_t>(request_.callbacks.world.rank + 1000 * state_.step));
  }
  // A run may continue on another device; bit-identity is promised for the CPU only.
  if (model_.torch_device().is_cuda() && checkpoint.has("generator_cuda.bin")) {
    set_generator_state(model_.torch_device(), checkpoint.file("generator_cuda.bin"));
  }
}

void Trainer::save() {
  saved_step_ = state_.step;
  if (!request_.callbacks.world.leads()) {
    if (sharded_) write_tensors(nullptr);
    return;
  }
  TrainerState state = state_;
  state.planned_steps = planned_steps_;
  state.seconds = elapsed();
  state.early_stopping = early_stopping_.state();
  state.options = fixed_options(options_);
  journal_.save(state, [this](const CheckpointWriter& writer) { write_files(writer); });
}

NamedTensors Trainer::whole(const torch::Tensor& flat) const {
  NamedTensors tensors = parameters_.views(flat.cpu());
  for (auto& [name, tensor] : tensors) {
    if (sharded_ && name == sharded_->name) tensor = sharded_->rows.gather(tensor);
  }
  return tensors;
}

void Trainer::write_tensors(const CheckpointWriter* writer) const {
  const auto put = [&](const char* name, const NamedTensors& tensors) {
    if (writer != nullptr) save_tensors(writer->file(name), tensors);
    if (sharded_) together_->meet();  // writing takes longer than the others wait in a step
  };
  put("weights.safetensors", whole(parameters_.weights()));
  put("optimizer.safetensors",
      optimizer_tensors(optimizer_, [this](const torch::Tensor& flat) { return whole(flat); }));
  if (average_.defined()) put("average.safetensors", whole(average_));
  if (best_weights_.defined()) put("best.safetensors", whole(best_weights_));
}

void Trainer::write_files(const CheckpointWriter& writer) const {
  write_tensors(&writer);
  if (family_weights_.learned()) write_file_atomically(writer.file("families.txt"), family_weights_.state());
  write_file_atomically(writer.file("batches.bin"), request_.batches.state());
  write_file_atomically(writer.file("generator.bin"), generator_state(torch::kCPU));
  if (model_.torch_device().is_cuda()) {
    write_file_atomically(writer.file("generator_cuda.bin"), generator_state(model_.torch_device()));
  }
}

}  // namespace p5
