#include "encoders/encoder_start.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <vector>

#include "encoders/item_encoder.h"

namespace p5 {
namespace {

constexpr std::size_t kUnknown = std::numeric_limits<std::size_t>::max();

// For each item the number that it has in the earlier state, or kUnknown: by name, where the state has names, else the
// same number.
std::vector<std::size_t> earlier_numbers(const FittedState& earlier, const EncoderSpec& spec, std::size_t known) {
  std::vector<std::size_t> numbers(static_cast<std::size_t>(spec.items), kUnknown);
  const bool named = earlier.has("item_names") && spec.item_names.size() == numbers.size();
  std::unordered_map<std::uint64_t, std::size_t> by_name;
  if (named) {
    const auto names = earlier.get<std::uint64_t>("item_names", known);
    for (std::size_t i = 0; i < known; ++i) by_name.emplace(names[i], i);
  }
  for (std::size_t item = 0; item < numbers.size(); ++item) {
    if (!named && item < known) numbers[item] = item;
    if (!named) continue;
    const auto found = by_name.find(spec.item_names[item]);
    if (found != by_name.end()) numbers[item] = found->second;
  }
  return numbers;
}

// Rows 1 to n are items, row 0 is padding, and the last is the mask. Returns the number of items taken.
std::size_t take_items(std::span<const float> earlier, std::span<const std::size_t> numbers, std::size_t width,
                       std::span<float> rows) {
  const std::size_t known = earlier.size() / width - 2;
  const auto row = [width](auto table, std::size_t number) { return table.subspan(number * width, width); };
  std::vector<float> mean(width);
  std::size_t taken = 0;
  for (const std::size_t number : numbers) taken += number == kUnknown ? 0 : 1;
  for (const std::size_t number : numbers) {
    if (number == kUnknown) continue;
    for (std::size_t i = 0; i < width; ++i) mean[i] += row(earlier, number + 1)[i] / static_cast<float>(taken);
  }
  if (taken == 0) return 0;
  std::ranges::copy(row(earlier, 0), rows.begin());
  std::ranges::copy(row(earlier, known + 1), row(rows, numbers.size() + 1).begin());
  for (std::size_t item = 0; item < numbers.size(); ++item) {
    const std::span<const float> from = numbers[item] == kUnknown ? mean : row(earlier, numbers[item] + 1);
    std::ranges::copy(from, row(rows, item + 1).begin());
  }
  return taken;
}

// Returns the number of items taken; 0 where they shared another table.
std::size_t take_shares(std::span<const float> shares, const FittedState& earlier, const EncoderSpec& spec,
                        std::span<float> rows) {
  const auto hashes = static_cast<std::size_t>(spec.options.row_hashes);
  const auto table = static_cast<std::size_t>(spec.table_rows() * spec.options.width);
  const std::size_t known = earlier.get<std::uint64_t>("item_names").size();
  if (shares.size() != known * hashes || earlier.get<float>("items").size() != table) return 0;
  const std::vector<std::size_t> numbers = earlier_numbers(earlier, spec, known);
  std::size_t taken = 0;
  for (std::size_t item = 0; item < numbers.size(); ++item) {
    if (numbers[item] == kUnknown) continue;
    std::ranges::copy(shares.subspan(numbers[item] * hashes, hashes), rows.subspan(item * hashes, hashes).begin());
    ++taken;
  }
  return taken;
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
  // Rows that items share are the same rows of a table of the same size, as names decide which; only shares follow
  // items.
  const bool hashed = spec.hashed(), was_hashed = earlier.has("shares");
  const auto names =
      earlier.has("attributes.names") ? earlier.get<std::uint64_t>("attributes.names") : std::vector<std::uint64_t>();
  std::size_t taken = 0;
  for (NamedValues& weight : weights) {
    if (!earlier.has(weight.name)) continue;
    const auto values = earlier.get<float>(weight.name);
    if (hashed != was_hashed && weight.name == "items") continue;
    if (hashed && weight.name == "items") {
      if (values.size() == weight.values.size()) weight.values = values;
    } else if (weight.name == "shares") {
      taken = take_shares(values, earlier, spec, weight.values);
    } else if (weight.name == "items") {
      if (values.size() % width != 0 || values.size() <= 2 * width) continue;
      taken = take_items(values, earlier_numbers(earlier, spec, values.size() / width - 2), width, weight.values);
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
