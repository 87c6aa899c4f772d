// The options of all sources of candidates and predictors of ratings that learn from a run's training data. A plain
// value.
#pragma once

#include "base/option_table.h"
#include "retrieval/hybrid_options.h"
#include "retrieval/item_knn_source.h"
#include "retrieval/matrix_factorization_predictor.h"

namespace p5 {

struct SourceOptions {
  ItemKnnOptions knn;
  MatrixFactorizationOptions mf;
  HybridOptions hybrid;

  void bind(
      OptionTable& table);  // rows knn.*, mf.* and hybrid.*: those that the lists of recommend/candidate_sources.h bind
};

}  // namespace p5
