// The options of all sources of candidates and predictors of ratings that learn from a run's training data. A plain
// value.
#pragma once

#include "base/option_table.h"
#include "encoders/encoder_options.h"
#include "retrieval/item_knn_source.h"
#include "retrieval/matrix_factorization_predictor.h"
#include "retrieval/neighbor_evidence.h"

namespace p5 {

struct SourceOptions {
  ItemKnnOptions knn;
  MatrixFactorizationOptions mf;
  EncoderOptions encoder;
  EvidenceOptions evidence;

  void bind(OptionTable& table);  // rows knn.*, mf.*, encoder.* and evidence.*: those that the lists of
                                  // recommend/candidate_sources.h bind
};

}  // namespace p5
