// The trained parameters of a module laid out in one contiguous buffer, and their gradients in another, so that an
// optimizer is a single pass over memory. Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace p5 {

class FlatParameters {
 public:
  // Moves every parameter of `module` that requires a gradient into the buffers: the parameters stay the same tensor
  // objects and become views. Weights with two or more dimensions come first (they decay), norms and other
  // one-dimensional ones after. Throws Unsupported (model) unless all are float32 on one device.
  explicit FlatParameters(torch::nn::Module& module);
  // Gives the gradients back; the parameters keep their values.
  ~FlatParameters();
  FlatParameters(const FlatParameters&) = delete;
  FlatParameters& operator=(const FlatParameters&) = delete;

  // [size] float32; gaps between parameters (for alignment) hold 0. Gradients accumulate in gradient().
  const torch::Tensor& weights() const { return weights_; }
  const torch::Tensor& gradient() const { return gradient_; }
  std::int64_t size() const { return weights_.numel(); }
  // Weights decay on [0, decayed_size()).
  std::int64_t decayed_size() const { return decayed_size_; }
  std::vector<std::string> decayed_names() const;
  // Where each parameter is: values [begin, end) of the buffers, ascending.
  struct Range {
    std::string name;
    std::int64_t begin = 0, end = 0;
  };
  std::vector<Range> ranges() const;
  // The parameters themselves, in that order.
  std::vector<torch::Tensor> parameters() const;

  // Views of another buffer of this layout (a moment, saved weights) under the parameters' names and shapes.
  std::vector<std::pair<std::string, torch::Tensor>> views(const torch::Tensor& flat) const;

 private:
  struct Entry {
    std::string name;
    torch::Tensor parameter;
    std::int64_t offset = 0;
  };
  std::int64_t lay_out(torch::nn::Module& module);

  std::vector<Entry> entries_;
  std::int64_t decayed_size_ = 0;
  torch::Tensor weights_, gradient_;
};

}  // namespace p5
