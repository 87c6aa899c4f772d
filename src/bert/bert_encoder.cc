#include "bert/bert_encoder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "model/checkpoint_weights.h"
#include "nn/row_kernels.h"
#include "p5/error.h"

namespace p5 {
namespace {

std::size_t size_of(std::int64_t a, std::int64_t b) { return static_cast<std::size_t>(a * b); }

void add_bias(const std::vector<float>& bias, std::int64_t rows, float* to) {
  const auto width = static_cast<std::int64_t>(bias.size());
  for (std::int64_t row = 0; row < rows; ++row) add(bias.data(), to + row * width, width);
}

float gelu(float x) { return 0.5f * x * (1.0f + std::erf(x * 0.70710678f)); }

}  // namespace

// Tensors by their names without "bert.", checked against the spec.
class BertEncoder::Reader {
 public:
  Reader(SafetensorsFile file, const BertSpec& spec) : file_(std::move(file)), spec_(spec) {
    if (file_.find("embeddings.word_embeddings.weight") == nullptr) prefix_ = "bert.";
  }

  std::vector<float> read(const std::string& name, const std::vector<std::int64_t>& shape) const {
    const TensorRecord* const record = file_.find(prefix_ + name);
    const auto wrong = [&](std::string got) {
      return model_error("the weights do not fit the model",
                         {.where = fmt::format("{}, tensor {}", file_.path().string(), prefix_ + name),
                          .expected = fmt::format("[{}]", fmt::join(shape, ", ")),
                          .got = std::move(got)});
    };
    if (record == nullptr) throw wrong("no such tensor");
    if (record->shape != shape) throw wrong(fmt::format("[{}]", fmt::join(record->shape, ", ")));
    std::vector<float> values(static_cast<std::size_t>(record->element_count()));
    copy_as_float(*record, values);
    return values;
  }

  Norm norm(const std::string& name) const {
    // Converted TensorFlow checkpoints say gamma and beta.
    const bool old = file_.find(prefix_ + name + ".LayerNorm.gamma") != nullptr;
    return {read(name + (old ? ".LayerNorm.gamma" : ".LayerNorm.weight"), {spec_.hidden_size}),
            read(name + (old ? ".LayerNorm.beta" : ".LayerNorm.bias"), {spec_.hidden_size})};
  }

  // Weights [out, in] of several modules, one below the other, and their biases.
  void pack(const std::vector<std::string>& names, std::int64_t out, std::int64_t in, RightFactor& factor,
            std::vector<float>& bias) const {
    std::vector<float> weight;
    for (const std::string& name : names) {
      const std::vector<float> part = read(name + ".weight", {out, in}), part_bias = read(name + ".bias", {out});
      weight.insert(weight.end(), part.begin(), part.end());
      bias.insert(bias.end(), part_bias.begin(), part_bias.end());
    }
    const std::int64_t rows = out * static_cast<std::int64_t>(names.size());
    factor.pack_transposed({weight.data(), rows, in, in});
  }

 private:
  SafetensorsFile file_;
  const BertSpec& spec_;
  std::string prefix_;
};

// Of one call.
struct BertEncoder::Work {
  std::int64_t rows = 0;
  std::vector<float> states, qkv, mixed, wide, scores;
  LeftFactor left, left_query, left_scores;
  RightFactor right_key, right_value;
};

BertEncoder::BertEncoder(const std::filesystem::path& folder) : spec_(BertSpec::read_json(folder / kConfigFile)) {
  const Reader reader(open_weights(folder / kWeightsFile), spec_);
  const std::int64_t width = spec_.hidden_size, wide = spec_.intermediate_size;
  words_ = reader.read("embeddings.word_embeddings.weight", {spec_.vocab_size, width});
  positions_ = reader.read("embeddings.position_embeddings.weight", {spec_.max_position_embeddings, width});
  first_type_ = reader.read("embeddings.token_type_embeddings.weight", {spec_.type_vocab_size, width});
  first_type_.resize(static_cast<std::size_t>(width));
  embedded_ = reader.norm("embeddings");
  layers_.resize(static_cast<std::size_t>(spec_.num_hidden_layers));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = layers_[i];
    const std::string name = fmt::format("encoder.layer.{}.", i), self = name + "attention.self.";
    reader.pack({self + "query", self + "key", self + "value"}, width, width, layer.qkv, layer.qkv_bias);
    reader.pack({name + "attention.output.dense"}, width, width, layer.output, layer.output_bias);
    reader.pack({name + "intermediate.dense"}, wide, width, layer.wide, layer.wide_bias);
    reader.pack({name + "output.dense"}, width, wide, layer.narrow, layer.narrow_bias);
    layer.attended = reader.norm(name + "attention.output");
    layer.fed = reader.norm(name + "output");
  }
}

// Layer norm (Ba et al. 2016), in place.
void BertEncoder::normalise(const Norm& norm, std::int64_t rows, float* states) const {
  const std::int64_t width = spec_.hidden_size;
  for (float* row = states; row < states + rows * width; row += width) {
    double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < width; ++i) sum += row[i];
    const double mean = sum / static_cast<double>(width);
    for (std::int64_t i = 0; i < width; ++i) squares += (row[i] - mean) * (row[i] - mean);
    const double inverse = 1.0 / std::sqrt(squares / static_cast<double>(width) + spec_.layer_norm_eps);
    for (std::int64_t i = 0; i < width; ++i) {
      const auto at = static_cast<std::size_t>(i);
      row[i] = static_cast<float>((row[i] - mean) * inverse) * norm.weight[at] + norm.bias[at];
    }
  }
}

void BertEncoder::attend(const Layer& layer, std::span<const std::vector<TokenId>> texts, Work& work) const {
  const std::int64_t width = spec_.hidden_size, head = spec_.head_width(), stride = 3 * width;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head));
  work.left.pack({work.states.data(), work.rows, width, width});
  multiply(work.left, layer.qkv, {work.qkv.data(), work.rows, stride, stride});
  add_bias(layer.qkv_bias, work.rows, work.qkv.data());
  std::int64_t first = 0;
  for (const std::vector<TokenId>& text : texts) {
    const auto length = static_cast<std::int64_t>(text.size());
    work.scores.resize(size_of(length, length));
    for (std::int64_t index = 0; index < spec_.num_attention_heads; ++index) {
      float* const own = work.qkv.data() + first * stride + index * head;
      work.left_query.pack({own, length, head, stride});
      work.right_key.pack_transposed({own + width, length, head, stride});
      multiply(work.left_query, work.right_key, {work.scores.data(), length, length, length});
      for (float& score : work.scores) score *= scale;
      for (std::int64_t row = 0; row < length; ++row) {
        softmax_row(work.scores.data() + row * length, nullptr, nullptr, length);
      }
      work.left_scores.pack({work.scores.data(), length, length, length});
      work.right_value.pack({own + 2 * width, length, head, stride});
      multiply(work.left_scores, work.right_value,
               {work.mixed.data() + first * width + index * head, length, head, width});
    }
    first += length;
  }
  work.left.pack({work.mixed.data(), work.rows, width, width});
  multiply(work.left, layer.output, {work.states.data(), work.rows, width, width}, Sum::kAdd);
  add_bias(layer.output_bias, work.rows, work.states.data());
  normalise(layer.attended, work.rows, work.states.data());
}

void BertEncoder::feed(const Layer& layer, Work& work) const {
  const std::int64_t width = spec_.hidden_size, wide = spec_.intermediate_size;
  work.left.pack({work.states.data(), work.rows, width, width});
  multiply(work.left, layer.wide, {work.wide.data(), work.rows, wide, wide});
  add_bias(layer.wide_bias, work.rows, work.wide.data());
  for (float& value : work.wide) value = gelu(value);
  work.left.pack({work.wide.data(), work.rows, wide, wide});
  multiply(work.left, layer.narrow, {work.states.data(), work.rows, width, width}, Sum::kAdd);
  add_bias(layer.narrow_bias, work.rows, work.states.data());
  normalise(layer.fed, work.rows, work.states.data());
}

std::vector<float> BertEncoder::states(std::span<const std::vector<TokenId>> texts) const {
  const MatrixSession session;
  const std::int64_t width = spec_.hidden_size;
  Work work;
  for (const std::vector<TokenId>& text : texts) {
    const auto length = static_cast<std::int64_t>(text.size());
    if (length < 1 || length > spec_.max_position_embeddings) {
      throw usage_error(
          "a text of a length that the encoder does not read",
          {.expected = fmt::format("1 to {} tokens", spec_.max_position_embeddings), .got = std::to_string(length)});
    }
    for (std::int64_t i = 0; i < length; ++i) {
      const std::int64_t token = text[static_cast<std::size_t>(i)];
      if (token < 0 || token >= spec_.vocab_size) {
        throw usage_error("a token that the encoder does not know",
                          {.expected = fmt::format("0 to {}", spec_.vocab_size - 1), .got = std::to_string(token)});
      }
      const float* const word = words_.data() + token * width;
      work.states.insert(work.states.end(), word, word + width);
      float* const to = work.states.data() + work.rows * width;
      add(positions_.data() + i * width, to, width);
      add(first_type_.data(), to, width);
      ++work.rows;
    }
  }
  normalise(embedded_, work.rows, work.states.data());
  work.qkv.resize(size_of(work.rows, 3 * width));
  work.mixed.resize(size_of(work.rows, width));
  work.wide.resize(size_of(work.rows, spec_.intermediate_size));
  for (const Layer& layer : layers_) {
    attend(layer, texts, work);
    feed(layer, work);
  }
  return std::move(work.states);
}

std::vector<float> BertEncoder::means(std::span<const std::vector<TokenId>> texts) const {
  const std::vector<float> all = states(texts);
  const std::int64_t width = spec_.hidden_size;
  std::vector<float> means(size_of(static_cast<std::int64_t>(texts.size()), width), 0.0f);
  const float* from = all.data();
  float* to = means.data();
  for (const std::vector<TokenId>& text : texts) {
    for (std::size_t i = 0; i < text.size(); ++i, from += width) add(from, to, width);
    for (std::int64_t i = 0; i < width; ++i) to[i] /= static_cast<float>(text.size());
    to += width;
  }
  return means;
}

}  // namespace p5
