// What fit() passes to p5_torch_fit in libp5_torch.so. A plain value.
#pragma once

#include <filesystem>

#include "train/trainer.h"

namespace p5 {

// Valid only during the call.
struct FitRequest {
  SequenceModel& model;
  BatchSource& batches;
  const TrainOptions& options;
  const TrainCallbacks& callbacks;
  std::filesystem::path run;
  bool resume = false;
};

extern "C" {
// Throws p5::Error only.
void p5_torch_fit(const FitRequest& request, TrainResult& result);
}

}  // namespace p5
