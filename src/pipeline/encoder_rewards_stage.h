// A run whose encoder has learnt from rewards: a copy of the run, whose encoder is trained further by an objective that
// learns from them. Everything else stays, and the hybrid is fused anew.
#pragma once

#include "p5/pipeline.h"

namespace p5 {

// `request.encoder` names the objective. The encoder with the best validation is kept, the one that it began with among
// those. What is interrupted is gone on with by p5 fuse OUT. Throws InvalidArgument for other objectives, for a corpus
// of the request's own, and for settings of anything but the encoder, the hybrid and the device; NotFound (model) for a
// run without an encoder.
StageReport reinforce_encoder(const ReinforceRequest& request);

}  // namespace p5
