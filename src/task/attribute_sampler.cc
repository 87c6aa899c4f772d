#include "task/attribute_sampler.h"

#include <utility>

namespace p5 {

AttributeSampler::AttributeSampler(std::string family, const SamplerInputs& inputs)
    : family_(std::move(family)), split_(inputs.data.reviews) {
  const ItemCatalog& catalog = split_->corpus().catalog();
  for (ItemId item = 0; item < split_->corpus().item_count(); ++item) {
    if (!catalog.title(item).empty()) {
      triplets_.push_back({item, Relation::kTitle});
      triplets_.push_back({item, Relation::kItemOfTitle});
    }
    if (!catalog.brand(item).empty()) triplets_.push_back({item, Relation::kBrand});
    if (!catalog.categories(item).empty()) triplets_.push_back({item, Relation::kCategory});
  }
}

TaskExample AttributeSampler::sample(std::size_t index, Rng& rng) const {
  const auto [item, relation] = triplets_[index];
  const ItemCatalog& catalog = split_->corpus().catalog();
  const Mention name{.kind = Mention::Kind::kItem, .id = item};
  const auto asked = [&](const char* about, std::string_view value) {
    TaskExample example;
    example.source = {name, {.text = std::string(" ") + about + " ?"}};
    example.target = {{.text = std::string(value)}};
    return example;
  };
  switch (relation) {
    case Relation::kTitle:
      return asked("title", catalog.title(item));
    case Relation::kBrand:
      return asked("brand", catalog.brand(item));
    case Relation::kCategory: {
      const auto categories = catalog.categories(item);
      return asked("category", categories[rng.below(categories.size())]);
    }
    case Relation::kItemOfTitle:
      break;
  }
  TaskExample example;
  example.source = {{.text = "title " + std::string(catalog.title(item))}};
  example.target = {name};
  return example;
}

}  // namespace p5
