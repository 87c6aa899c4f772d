// The options of all sources of candidates and predictors of ratings that learn from a run's training data. A plain
// value.
#pragma once

#include "base/option_table.h"
#include "encoders/encoder_options.h"
#include "retrieval/bpr_factors.h"
#include "retrieval/category_popularity_source.h"
#include "retrieval/cold_options.h"
#include "retrieval/content_rows.h"
#include "retrieval/embedding_index.h"
#include "retrieval/hybrid_options.h"
#include "retrieval/implicit_als.h"
#include "retrieval/item_knn_source.h"
#include "retrieval/markov_source.h"
#include "retrieval/matrix_factorization_predictor.h"
#include "retrieval/neighbor_evidence.h"
#include "retrieval/pair_rows.h"
#include "retrieval/ppmi_vectors.h"
#include "retrieval/recent_popularity_source.h"
#include "retrieval/ridge_source.h"
#include "retrieval/slim_rows.h"
#include "retrieval/user_knn_source.h"
#include "retrieval/vector_rows.h"

namespace p5 {

struct SourceOptions {
  ItemKnnOptions knn;
  MatrixFactorizationOptions mf;
  RecentPopularityOptions recent;
  CategoryPopularityOptions category;
  PairOptions cosine, conditional;
  UserKnnOptions user_knn;
  MarkovOptions markov;
  RidgeOptions ridge;
  EaseOptions ease;
  SlimOptions slim;
  AlsOptions als;
  BprOptions bpr;
  PpmiOptions ppmi;
  ContentOptions content;
  ItemVectorOptions vectors;
  EncoderOptions encoder;
  EvidenceOptions evidence;
  EmbeddingIndexOptions nearest;  // how sources with vectors find the best items
  HybridOptions hybrid;
  ColdOptions cold;  // how items without training events get places

  // Rows knn.*, mf.*, ridge.* and so on: those that the lists of recommend/candidate_sources.h bind.
  void bind(OptionTable& table);
};

}  // namespace p5
