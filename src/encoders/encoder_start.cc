#include "encoders/encoder_start.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <vector>

#include "encoders/item_encoder.h"

namespace p5 {
namespace {

// Rows 1 to n are items, row 0 is padding, and the last is the mask. Returns the number of items taken.
std::size_t take_items(std::span<const float> earlier, std::size_t width, std::span<float> rows) {
  const std::size_t known = earlier.size() / width - 2, items = rows.size() / width - 2;
  if (known == 0 || known > items) return 0;
  const auto row = [width](auto table, std::size_t number) { return table.subspan(number * width, width); };
  std::ranges::copy(earlier.first((known + 1) * width), rows.begin());
  std::ranges::copy(row(earlier, known + 1), row(rows, items + 1).begin());
  std::vector<float> mean(width);
  for (std::size_t item = 1; item <= known; ++item) {
    for (std::size_t i = 0; i < width; ++i) mean[i] += row(earlier, item)[i] / static_cast<float>(known);
  }
  for (std::size_t item = known + 1; item <= items; ++item) std::ranges::copy(mean, row(rows, item).begin());
  return known;
}

void take_attributes(std::span<const float> earlier, std::span<const std::uint64_t> names, std::size_t width,
                     const ItemAttributes& attributes, std::span<float> rows) {
  if (names.size() * width != earlier.size() || attributes.names.size() * width != rows.size()) return;
  std::unordered_map<std::uint64_t, std::size_t> by_name;
  for (std::size_t i = 0; i < names.size(); ++i) by_name.emplace(names[i], i);
  for (std::size_t i = 0; i < attributes.names.size(); ++i) {
    const auto found = by_name.find(attributes.names[i]);
    if (found == by_name.end()) continue;
    std::ranges::copy(earlier.subspan(found->second * width, width), rows.subspan(i * width, width).begin());
  }
}

}  // namespace

std::size_t begin_with(const FittedState& earlier, const EncoderSpec& spec, SequenceModel& model) {
  const auto width = static_cast<std::size_t>(spec.options.width);
  auto& encoder = ability_of<ItemEncoder>(model);
  std::vector<NamedValues> weights = encoder.weights();
  const auto names =
      earlier.has("attributes.names") ? earlier.get<std::uint64_t>("attributes.names") : std::vector<std::uint64_t>();
  std::size_t taken = 0;
  for (NamedValues& weight : weights) {
    if (!earlier.has(weight.name)) continue;
    const auto values = earlier.get<float>(weight.name);
    if (weight.name == "items") {
      if (values.size() % width == 0 && values.size() >= 2 * width) taken = take_items(values, width, weight.values);
    } else if (weight.name == "attributes") {
      take_attributes(values, names, width, spec.attributes, weight.values);
    } else if (values.size() == weight.values.size()) {
      weight.values = values;
    }
  }
  // Another network, or one of another width, has nothing in common with the earlier one.
  if (taken > 0) encoder.set_weights(weights);
  return taken;
}

}  // namespace p5
