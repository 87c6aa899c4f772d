#include "encoders/encoder_network_module.h"

#include <cmath>

#include "nn/dropout_module.h"
#include "p5/error.h"

namespace p5 {

double EncoderNetwork::deviation(const std::string& name, const torch::Tensor& weight) const {
  return std::sqrt(static_cast<double>(weight.size(0)) / static_cast<double>(weight.numel()));
}

torch::Tensor EncoderNetwork::weight(const std::string& name, torch::IntArrayRef shape) {
  return register_parameter(name, torch::zeros(shape));
}

EncoderNetwork::Affine EncoderNetwork::affine(const std::string& name, std::int64_t in, std::int64_t out) {
  return {weight(name + "_weight", {out, in}), weight(name + "_bias", {out})};
}

EncoderNetwork::Norm EncoderNetwork::norm(const std::string& name, std::int64_t width) {
  Norm made{weight(name + "_norm_weight", {width}), weight(name + "_norm_bias", {width})};
  const torch::NoGradGuard no_gradient;
  made.weight.fill_(1.0);
  return made;
}

torch::Tensor EncoderNetwork::drop(const torch::Tensor& input) const {
  return hashed_dropout(input, options_.dropout, is_training());
}

std::shared_ptr<EncoderNetwork> make_encoder_network(const EncoderOptions& options) {
  struct Row {
    EncoderKind kind;
    std::shared_ptr<EncoderNetwork> (*make)(const EncoderOptions&);
  };
  constexpr Row kMakers[] = {
      {EncoderKind::kSasRec, make_transformer_network},   {EncoderKind::kESasRec, make_transformer_network},
      {EncoderKind::kBert4Rec, make_transformer_network}, {EncoderKind::kGru4Rec, make_recurrent_network},
      {EncoderKind::kLstm, make_recurrent_network},       {EncoderKind::kCaser, make_caser_network},
      {EncoderKind::kNextItNet, make_next_it_network},    {EncoderKind::kMlp, make_perceptron_network},
      {EncoderKind::kMultDae, make_autoencoder_network},  {EncoderKind::kMultVae, make_autoencoder_network},
  };
  for (const Row& row : kMakers) {
    if (row.kind == options.network) return row.make(options);
  }
  throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "an encoder that is not in the list");
}

}  // namespace p5
