// Caser and NextItNet: convolutions over the items, none of which sees a later one.
#include <fmt/format.h>

#include <vector>

#include "encoders/encoder_network_module.h"

namespace p5 {
namespace {

// [rows, channels, length] with `count` zeros before.
torch::Tensor zeros_before(const torch::Tensor& input, std::int64_t count) {
  return torch::constant_pad_nd(input, {count, 0});
}

// Horizontal filters of each height up to the window look for patterns of several items, whose best place counts;
// vertical ones weigh the items of the window. Users have no vectors: new ones can be answered.
class CaserNetwork final : public EncoderNetwork {
 public:
  explicit CaserNetwork(const EncoderOptions& options) : EncoderNetwork(options) {
    for (std::int64_t height = 1; height <= kWindow; ++height) {
      filters_.push_back(weight(fmt::format("horizontal{}_weight", height), {kHorizontal, options.width, height}));
      biases_.push_back(weight(fmt::format("horizontal{}_bias", height), {kHorizontal}));
    }
    vertical_ = weight("vertical_weight", {kVertical, kWindow});
    output_ = affine("output", kWindow * kHorizontal + kVertical * options.width, options.width);
  }

  EncoderStates forward(const EncoderInput& input) override {
    const torch::Tensor items = drop(input.vectors).transpose(1, 2);  // [rows, width, length]
    std::vector<torch::Tensor> found;
    for (std::int64_t height = 1; height <= kWindow; ++height) {
      const auto at = static_cast<std::size_t>(height - 1);
      const torch::Tensor match =
          torch::relu(torch::conv1d(zeros_before(items, height - 1), filters_[at], biases_[at]));
      const std::int64_t places = kWindow - height + 1;
      found.push_back(torch::max_pool1d(zeros_before(match, places - 1), places, 1).transpose(1, 2));
    }
    const torch::Tensor windows =
        zeros_before(items, kWindow - 1).unfold(2, kWindow, 1);    // [rows, width, length, window]
    const torch::Tensor sums = torch::linear(windows, vertical_);  // [rows, width, length, vertical]
    found.push_back(sums.permute({0, 2, 1, 3}).flatten(2));
    return {torch::relu(output_(drop(torch::cat(found, -1)))), {}};
  }

 private:
  static constexpr std::int64_t kWindow = 5, kHorizontal = 16, kVertical = 4;
  std::vector<torch::Tensor> filters_, biases_;
  torch::Tensor vertical_;
  Affine output_;
};

// Residual blocks of two dilated convolutions with norms; the dilations 1, 2, 4, 8 follow each other.
class NextItNetwork final : public EncoderNetwork {
 public:
  explicit NextItNetwork(const EncoderOptions& options) : EncoderNetwork(options) {
    for (std::int64_t i = 0; i < 2 * options.layers; ++i) {
      const std::string name = fmt::format("block{}", i);
      blocks_.push_back({weight(name + "_weight", {options.width, options.width, kItems}),
                         weight(name + "_bias", {options.width}), norm(name, options.width),
                         std::int64_t{1} << (i % 4)});
    }
  }

  EncoderStates forward(const EncoderInput& input) override {
    torch::Tensor states = drop(input.vectors);
    for (std::size_t i = 0; i < blocks_.size(); i += 2) {
      const torch::Tensor change = convolve(blocks_[i + 1], convolve(blocks_[i], states));
      states = states + drop(change);
    }
    return {states, {}};
  }

 private:
  static constexpr std::int64_t kItems = 3;  // that a convolution sees
  struct Block {
    torch::Tensor weight, bias;
    Norm norm;
    std::int64_t dilation;
  };
  static torch::Tensor convolve(const Block& block, const torch::Tensor& states) {
    const torch::Tensor before = zeros_before(states.transpose(1, 2), (kItems - 1) * block.dilation);
    const torch::Tensor made =
        torch::conv1d(before, block.weight, block.bias, {1}, torch::IntArrayRef{0}, {block.dilation});
    return torch::relu(block.norm(made.transpose(1, 2)));
  }
  std::vector<Block> blocks_;
};

}  // namespace

std::shared_ptr<EncoderNetwork> make_caser_network(const EncoderOptions& options) {
  return std::make_shared<CaserNetwork>(options);
}
std::shared_ptr<EncoderNetwork> make_next_it_network(const EncoderOptions& options) {
  return std::make_shared<NextItNetwork>(options);
}

}  // namespace p5
