// Training of an encoder that goes on from an earlier one's weights: on a corpus that has gained items since, or after
// other objectives, or on another corpus.
// Thread-safe: a free function.
#pragma once

#include "encoders/encoder_spec.h"
#include "model/sequence_model.h"
#include "retrieval/fitted_state.h"

namespace p5 {

// Gives a fresh model of `spec` the weights of `earlier` (EncoderSource::state()). Items are matched by their keys;
// those of a state without keys are the first ones of this model. New items begin with the mean of the known ones, to
// which their attributes add what these have learnt; attributes are matched by name. Weights of other shapes, such as
// those of another width, stay fresh. Returns how many items begin with their own vectors.
std::size_t begin_with(const FittedState& earlier, const EncoderSpec& spec, SequenceModel& model);

}  // namespace p5
