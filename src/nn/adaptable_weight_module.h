// A weight that layers see through changes: the weight itself may be frozen while the few numbers of a change are
// trained. Layers ask for the changed weight once per pass, so that their kernels stay those of full training, and the
// change costs its own products over the weight's size, not over the batch's. Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace p5 {

// What a weight [rows, columns] becomes. Its parameters are what is trained; fresh ones change nothing.
class WeightChange : public torch::nn::Module {
 public:
  // Of the same shape, with its graph.
  virtual torch::Tensor of(const torch::Tensor& weight) const = 0;
};

// LoRA (Hu et al. 2021): W + scale * B A, with A [rank, columns] uniform within 1 / sqrt(columns) and B [rows, rank]
// zero. `scale` is alpha / rank, or alpha / sqrt(rank) (rsLoRA, Kalajdzievski 2023).
class LowRankChange final : public WeightChange {
 public:
  struct Shape {
    std::int64_t rows = 0, columns = 0, rank = 8;
    double scale = 1.0;
  };
  LowRankChange(const Shape& shape, torch::Generator& generator);
  torch::Tensor of(const torch::Tensor& weight) const override;
  const torch::Tensor& down() const { return a_; }  // A
  const torch::Tensor& up() const { return b_; }    // B

 private:
  torch::Tensor a_, b_;
  double scale_;
};

// IA3 (Liu et al. 2022): results of the product times learnt factors (rows), or its inputs (columns): diag(l) W or
// W diag(l), with l ones.
class ScaleChange final : public WeightChange {
 public:
  enum class Axis { kRows, kColumns };
  ScaleChange(Axis axis, std::int64_t size);
  torch::Tensor of(const torch::Tensor& weight) const override;
  const torch::Tensor& factors() const { return factors_; }  // [size]
  Axis axis() const { return axis_; }

 private:
  Axis axis_;
  torch::Tensor factors_;
};

// Some rows are trained and the others are not: tokens that a frozen table lacked.
class RowsChange final : public WeightChange {
 public:
  // Begins with those rows of `weight`. `rows` int64, distinct.
  RowsChange(const torch::Tensor& rows, const torch::Tensor& weight);
  torch::Tensor of(const torch::Tensor& weight) const override;
  const torch::Tensor& rows() const { return rows_; }
  const torch::Tensor& values() const { return values_; }  // [rows, columns]

 private:
  torch::Tensor rows_, values_;
};

class AdaptableWeight {
 public:
  AdaptableWeight() = default;
  explicit AdaptableWeight(torch::Tensor weight) : weight_(std::move(weight)) {}

  bool defined() const { return weight_.defined(); }
  bool changed() const { return !sections_.empty(); }
  const torch::Tensor& stored() const { return weight_; }

  // Rows [first, first + count) are seen through `change`, after earlier changes of the same rows. REQUIRES rows that
  // equal an earlier change's or lie apart from all.
  void change(std::int64_t first, std::int64_t count, std::shared_ptr<WeightChange> change);
  // The weight as layers see it, with its graph; the stored tensor itself where nothing changes it.
  torch::Tensor seen() const;

 private:
  struct Section {
    std::int64_t first = 0, count = 0;
    std::vector<std::shared_ptr<WeightChange>> changes;
  };
  torch::Tensor weight_;
  std::vector<Section> sections_;  // by first row
};

}  // namespace p5
