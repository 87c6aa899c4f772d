// Where a new run goes. Thread-safe: free functions.
#pragma once

#include <filesystem>

#include "train/training_world.h"

namespace p5 {

struct RunPlace {
  std::filesystem::path out;
  bool replace = false;  // a run that is there
};

// Of several processes that train together, all but rank 0 work in a folder that is removed at the end.
RunPlace place_of(const TrainingWorld& world, const RunPlace& asked);

// Where the encoder that ids are made of is trained while the run is not there yet ("RUN.encoder"), so that what was
// interrupted goes on. take_early_sources() makes it the run's own; without such a folder nothing happens.
std::filesystem::path early_sources(const std::filesystem::path& out);
void take_early_sources(const std::filesystem::path& out, const std::filesystem::path& run);

// Throws InvalidArgument for a place that is taken, or that nobody can write to.
void check_place(const RunPlace& place);

}  // namespace p5
