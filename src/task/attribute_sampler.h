// Pretraining on what the catalogue says: the triplet task as text. A source names an item and a relation, the answer
// is the entity ("item_12 brand ?" and "Yamaha"), or the other way round for items with a title ("title Yamaha F310"
// and the item). Indices: the pairs of item and relation whose value the catalogue has. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "task/sampler_inputs.h"
#include "task/training_sampler.h"

namespace p5 {

class AttributeSampler final : public TrainingSampler {
 public:
  AttributeSampler(std::string family, const SamplerInputs& inputs);
  const std::string& family() const override { return family_; }
  std::size_t size() const override { return triplets_.size(); }
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  enum class Relation : std::uint8_t { kTitle, kBrand, kCategory, kItemOfTitle };
  struct Triplet {
    ItemId item;
    Relation relation;
  };

  std::string family_;
  std::shared_ptr<const Split> split_;
  std::vector<Triplet> triplets_;
};

}  // namespace p5
