// Two lists that all commands use: sources that propose items, and predictors of ratings that use no text.
// Thread-safe: free functions.
#pragma once

#include <span>
#include <string_view>

#include "recommend/source_row.h"
#include "retrieval/candidate_source.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

std::span<const SourceRow<CandidateSource>> candidate_sources();
std::span<const SourceRow<RatingPredictor>> rating_predictors();

// Null for names that are on no list. "encoder#2" is found as "encoder".
const SourceRow<CandidateSource>* find_candidate_source(std::string_view name);
const SourceRow<RatingPredictor>* find_rating_predictor(std::string_view name);

// By name. Throw NotFound, listing the known names.
const SourceRow<CandidateSource>& require_candidate_source(std::string_view name);

// Binds the options of all other rows of sources of items.
void bind_others(const SourceRow<CandidateSource>& row, SourceOptions& options, OptionTable& table);

}  // namespace p5
