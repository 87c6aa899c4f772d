// A T5 as a folder that Hugging Face's transformers opens: config.json, generation_config.json, model.safetensors and
// the files of T5Tokenizer and T5TokenizerFast. Tokens of items and users are added tokens. What no T5 of transformers
// has, the whole-word table and the weights of evidence, goes to p5_extra.safetensors. Thread-safe: a free function.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/safetensors.h"
#include "t5/t5_spec.h"
#include "text/vocabulary.h"

namespace p5 {

struct HuggingFaceModel {
  const T5Spec& spec;  // as spec_of_checkpoint() says
  const SafetensorsFile& weights;
  const Vocabulary& vocabulary;
};

inline constexpr const char* kExtraWeightsFile = "p5_extra.safetensors";
inline constexpr const char* kFastTokenizerFile = "tokenizer.json";  // left out where no_fast_tokenizer() says why

// Writes into an existing folder; returns the names of the files. transformers scales the outputs of a T5 exactly where
// they share the embedding: a model that does otherwise gets an output matrix that says the same.
std::vector<std::string> write_hugging_face(const std::filesystem::path& folder, const HuggingFaceModel& model);

}  // namespace p5
