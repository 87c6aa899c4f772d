// Weights that training begins from (train.init): of another run, or of a T5 in Hugging Face's layout. Vocabularies are
// matched by name: pieces by their text, sentinels by their number, items and users by their keys. Thread-safe: free
// functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "corpus/corpus.h"
#include "model/sequence_model.h"
#include "pipeline/initial_vectors.h"
#include "recommend/model_bundle.h"

namespace p5 {

struct InitialWeights {
  std::filesystem::path folder;           // of config.json and model.safetensors
  std::vector<std::int32_t> source_rows;  // [vocabulary] the row of each token there; -1: a new token
  std::string summary;                    // "1000 of 1000 pieces, ...": how many rows are taken
};

// The folder of config.json and weights in `init`: a run's, or itself.
std::filesystem::path weights_of(const std::filesystem::path& init);

// `init` is a run folder, or a folder with config.json, model.safetensors and spiece.model. An item's or user's own
// tokens take the rows that the item or user with the same key has there. Throws NotFound or Corrupted (model).
InitialWeights find_initial_weights(const std::filesystem::path& init, const ModelBundle& bundle, const Corpus& corpus);

// The folder of the fitted sources of the run `init`, where its items are the first of the bundle's: then encoders can
// go on from its, too. Empty otherwise.
std::filesystem::path earlier_sources(const std::filesystem::path& init, const ModelBundle& bundle);

// Vectors for those tokens of single items that are new: where other items' tokens are known, the mean vector of the
// items that read most like each, or of all known items where nothing reads like it; else the mean of the pieces of
// its title. `corpus` has the items of the bundle.
TokenVectors new_item_vectors(const InitialWeights& weights, const ModelBundle& bundle, const Corpus& corpus);

// Gives both to a fresh model and says so in the log. Throws Corrupted (model) where shapes differ.
void begin_from(const InitialWeights& weights, const ModelBundle& bundle, const Corpus& corpus, SequenceModel& model);

}  // namespace p5
