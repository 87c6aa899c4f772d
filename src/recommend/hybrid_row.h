// The row "hybrid" of the list of sources: a hybrid over other rows of the list. Thread-safe: free functions; the
// hybrid is not, where it asks the model.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "recommend/source_options.h"
#include "recommend/source_row.h"
#include "retrieval/candidate_source.h"
#include "retrieval/fitted_state.h"

namespace p5 {

// The names of its parts: hybrid.sources, or all rows of the list that are parts in this run. Throws InvalidArgument
// for a part that fuses others, and NotFound for unknown names.
std::vector<std::string> hybrid_parts(const SourceInputs& inputs);

void bind_hybrid_row(SourceOptions& options, OptionTable& table);
std::unique_ptr<CandidateSource> fit_hybrid_row(const SourceInputs& inputs);
FittedState hybrid_row_state(const CandidateSource& hybrid);
std::unique_ptr<CandidateSource> load_hybrid_row(const FittedState& state, const SourceInputs& inputs);

}  // namespace p5
