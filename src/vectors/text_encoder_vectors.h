// Vectors of items that a published text encoder makes of their texts: a BERT with vocab.txt (bert/bert_encoder.h), or
// the encoder of a T5 with spiece.model. Thread-safe: a pure function.
#pragma once

#include <cstddef>
#include <filesystem>

#include "base/thread_pool.h"
#include "corpus/corpus.h"
#include "p5/stop_token.h"
#include "vectors/vector_file.h"

namespace p5 {

// Of the first `items` items: the mean of the encoder's last states of all tokens of title, brand, categories and
// description, cut at 128 tokens. Items without a text have zeros. Throws NotFound, Corrupted or Unsupported (model)
// for a folder that is neither, InvalidArgument where no item has a text, and Interrupted.
VectorTable read_text_encoder_vectors(const std::filesystem::path& folder, const ItemCatalog& catalog,
                                      std::size_t items, ThreadPool& pool, const StopToken& stop = {});

}  // namespace p5
