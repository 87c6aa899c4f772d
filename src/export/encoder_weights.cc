#include "export/encoder_weights.h"

#include <utility>

#include "p5/error.h"

namespace p5 {

EncoderWeights::EncoderWeights(OnnxGraph& graph, const EncoderSource& source) : graph_(graph), layers_(graph) {
  for (NamedValues& weight : source.encoder().weights()) values_[weight.name] = std::move(weight.values);
}

const std::vector<float>& EncoderWeights::values(const std::string& name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "a weight that the encoder does not have", {.where = name});
}

std::string EncoderWeights::tensor(const std::string& name, std::vector<std::int64_t> shape) {
  return tensor(name, std::move(shape), values(name));
}

std::string EncoderWeights::tensor(const std::string& name, std::vector<std::int64_t> shape,
                                   std::vector<float> values) {
  std::int64_t size = 1;
  for (const std::int64_t one : shape) size *= one;
  if (size != static_cast<std::int64_t>(values.size())) {
    throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "a weight of another size than the encoder's",
                {.where = name, .expected = std::to_string(size), .got = std::to_string(values.size())});
  }
  return graph_.weight(name, std::move(shape), std::move(values));
}

std::string EncoderWeights::affine(const std::string& value, const std::string& name, std::int64_t in,
                                   std::int64_t out) {
  const std::string weight = tensor(name + "_weight", {in, out}, transposed(values(name + "_weight"), out, in));
  return layers_.add(layers_.product(value, weight), tensor(name + "_bias", {out}));
}

std::string EncoderWeights::norm(const std::string& value, const std::string& name, std::int64_t width) {
  return graph_.node("LayerNormalization", {value, tensor(name + "_weight", {width}), tensor(name + "_bias", {width})},
                     {{"axis", std::int64_t{-1}}, {"epsilon", 1e-5f}});
}

}  // namespace p5
