// The part of an encoder between item vectors and states: one class for each kind, made from one list. Not thread-safe
// while it trains; evaluation only reads.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "encoders/encoder_spec.h"

namespace p5 {

struct EncoderInput {
  torch::Tensor vectors;  // [rows, length, width] of the items; zero at padding, which comes after the items
  torch::Tensor kept;     // [rows, length] float32: 1, or 0 at padding
  Reading reading = Reading::kForward;  // one that the network has
};

struct EncoderStates {
  torch::Tensor states;   // [rows, length, width]; those at padding mean nothing
  torch::Tensor penalty;  // scalar, added to the loss; undefined = none
};

class EncoderNetwork : public torch::nn::Module {
 public:
  virtual EncoderStates forward(const EncoderInput& input) = 0;
  // Standard deviation of a fresh weight with two or more dimensions: by default that of its fan-in.
  virtual double deviation(const std::string& name, const torch::Tensor& weight) const;

 protected:
  explicit EncoderNetwork(const EncoderOptions& options) : options_(options) {}

  struct Affine {
    torch::Tensor weight, bias;
    torch::Tensor operator()(const torch::Tensor& input) const { return torch::linear(input, weight, bias); }
  };
  struct Norm {
    torch::Tensor weight, bias;
    torch::Tensor operator()(const torch::Tensor& input) const {
      return torch::layer_norm(input, {weight.size(0)}, weight, bias);
    }
  };
  Affine affine(const std::string& name, std::int64_t in, std::int64_t out);
  Norm norm(const std::string& name, std::int64_t width);
  torch::Tensor weight(const std::string& name, torch::IntArrayRef shape);
  torch::Tensor drop(const torch::Tensor& input) const;

  const EncoderOptions options_;
};

std::shared_ptr<EncoderNetwork> make_encoder_network(const EncoderOptions& options);

// The kinds, for the list. Declared here because each is made in one place only.
std::shared_ptr<EncoderNetwork> make_transformer_network(const EncoderOptions& options);
std::shared_ptr<EncoderNetwork> make_recurrent_network(const EncoderOptions& options);
std::shared_ptr<EncoderNetwork> make_perceptron_network(const EncoderOptions& options);
std::shared_ptr<EncoderNetwork> make_caser_network(const EncoderOptions& options);
std::shared_ptr<EncoderNetwork> make_next_it_network(const EncoderOptions& options);
std::shared_ptr<EncoderNetwork> make_autoencoder_network(const EncoderOptions& options);

}  // namespace p5
