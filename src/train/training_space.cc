#include "train/training_space.h"

#include "nn/torch_space.h"

namespace p5 {

void require_training_space() { require_torch_space(); }

}  // namespace p5
