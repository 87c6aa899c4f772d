// Vectors that item tokens begin with (train.item_vectors): of a source that has learnt them, so that the model need
// not learn again which items are alike. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "corpus/data_splits.h"
#include "indexing/item_index.h"
#include "model/sequence_model.h"
#include "recommend/source_row.h"
#include "retrieval/vector_source.h"
#include "text/tokenizer.h"

namespace p5 {

struct TokenVectors {
  std::vector<TokenId> tokens;  // ascending
  std::vector<float> vectors;   // [tokens, width]
};

// The vector of a token is the mean of those of the items whose ids hold it: of an item's own token the item's. All are
// scaled alike, so that their numbers have the standard deviation `deviation` (about 0). Items of the index that have
// no row (without events) give no token a vector.
TokenVectors item_token_vectors(const ItemIndex& index, const TokenRange& items, const ItemVectors& learnt,
                                double deviation);

// Throws NotFound for a source that is not there, InvalidArgument for one without vectors, or with vectors of another
// width than the model's `d_model`.
void require_item_vectors(const std::string& source, const SourceOptions& options, std::int64_t d_model);
// The same for "encoder:RUN", the encoder of a trained run; throws what vectors_of_run() throws, and InvalidArgument.
void require_run_vectors(const std::filesystem::path& run, const DataSplits& data, const SplitOptions& split,
                         std::int64_t d_model);

// Opens the source (fits and keeps it where the run lacks it) and gives its vectors to the item tokens of a fresh
// model. REQUIRES that require_item_vectors() or require_run_vectors() passes.
void begin_with_item_vectors(const std::string& source, const SourceInputs& inputs, double deviation,
                             SequenceModel& model);

}  // namespace p5
