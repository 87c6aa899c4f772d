// A BERT (Devlin et al. 2019) that reads texts, for vectors of them: post-norm blocks with biases, scaled attention,
// GELU (Hendrycks and Gimpel 2016, exact), absolute positions. Only evaluation, on the CPU, without LibTorch, by the
// products of nn/. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "bert/bert_spec.h"
#include "model/safetensors.h"
#include "nn/matrix_product.h"
#include "text/tokenizer.h"

namespace p5 {

class BertEncoder {
 public:
  // config.json and model.safetensors (or its shards) in Hugging Face's names, with "bert." before them or not. Throws
  // NotFound, Corrupted or Unsupported (model), naming file, tensor, expected and got.
  explicit BertEncoder(const std::filesystem::path& folder);

  const BertSpec& spec() const { return spec_; }
  // The last states of each text, one after another, [all tokens, hidden_size]. Throws InvalidArgument (request) for an
  // empty text, one above max_position_embeddings, and a token beyond the vocabulary.
  std::vector<float> states(std::span<const std::vector<TokenId>> texts) const;
  // The mean of each text's states (mean pooling), [texts, hidden_size].
  std::vector<float> means(std::span<const std::vector<TokenId>> texts) const;

 private:
  struct Norm {
    std::vector<float> weight, bias;
  };
  struct Layer {
    RightFactor qkv, output, wide, narrow;  // queries, keys and values side by side
    std::vector<float> qkv_bias, output_bias, wide_bias, narrow_bias;
    Norm attended, fed;
  };
  struct Work;
  class Reader;
  void normalise(const Norm& norm, std::int64_t rows, float* states) const;
  void attend(const Layer& layer, std::span<const std::vector<TokenId>> texts, Work& work) const;
  void feed(const Layer& layer, Work& work) const;

  BertSpec spec_;
  std::vector<float> words_, positions_, first_type_;
  Norm embedded_;
  std::vector<Layer> layers_;
};

}  // namespace p5
