// The rows of the list of sources that are sequence encoders. Thread-safe: free functions; training sets the threads of
// the whole process.
#pragma once

#include <memory>

#include "base/option_table.h"
#include "encoders/encoder_options.h"
#include "recommend/source_options.h"
#include "recommend/source_row.h"
#include "retrieval/candidate_source.h"
#include "retrieval/fitted_state.h"

namespace p5 {

void bind_encoder_row(SourceOptions& options, OptionTable& table);

// The encoder of the options, with evidence of item-kNN where they say so.
std::unique_ptr<CandidateSource> fit_encoder_row(const SourceInputs& inputs);
std::unique_ptr<CandidateSource> load_encoder_row(const FittedState& state, const SourceInputs& inputs);

// A network as it was published: neither evidence nor attributes.
std::unique_ptr<CandidateSource> fit_plain_encoder(EncoderKind kind, const SourceInputs& inputs);
std::unique_ptr<CandidateSource> load_plain_encoder(EncoderKind kind, const FittedState& state,
                                                    const SourceInputs& inputs);

}  // namespace p5
