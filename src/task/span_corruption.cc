#include "task/span_corruption.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace p5 {
namespace {

// `count` units in `segments` segments, none empty, every such cut equally likely.
std::vector<std::size_t> random_segments(std::size_t count, std::size_t segments, Rng& rng) {
  std::vector<std::uint8_t> begins(count - 1, 0);  // whether a segment begins at unit i + 1
  std::fill_n(begins.begin(), segments - 1, std::uint8_t{1});
  rng.shuffle(std::span(begins));
  std::vector<std::size_t> lengths(1, 1);
  for (const std::uint8_t begin : begins) {
    if (begin != 0) lengths.push_back(0);
    ++lengths.back();
  }
  return lengths;
}

}  // namespace

std::vector<bool> noise_mask(std::size_t length, const SpanCorruption& options, Rng& rng) {
  const auto rounded = [](double value) { return static_cast<std::size_t>(std::max(0.0, std::round(value))); };
  const std::size_t noise =
      std::clamp<std::size_t>(rounded(static_cast<double>(length) * options.density), 1, length - 1);
  const std::size_t spans =
      std::min(std::max<std::size_t>(rounded(static_cast<double>(noise) / options.mean_length), 1), length - noise);
  const std::vector<std::size_t> left_out = random_segments(noise, spans, rng);
  const std::vector<std::size_t> kept = random_segments(length - noise, spans, rng);
  std::vector<bool> mask;
  for (std::size_t i = 0; i < spans; ++i) {
    mask.insert(mask.end(), kept[i], false);
    mask.insert(mask.end(), left_out[i], true);
  }
  return mask;
}

TaskExample corrupt_spans(const RenderedText& units, const Mention& between, const SpanCorruption& options, Rng& rng) {
  const std::vector<bool> mask = noise_mask(units.size(), options, rng);
  TaskExample example;
  std::uint32_t sentinel = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const bool begins = mask[i] && !mask[i - 1];  // the first unit is kept
    RenderedText& to = mask[i] ? example.target : example.source;
    if (begins) {
      const Mention gap{.kind = Mention::Kind::kSentinel, .id = sentinel++};
      example.source.push_back(between);
      example.source.push_back(gap);
      if (!example.target.empty()) example.target.push_back({.text = " "});
      example.target.push_back(gap);
    }
    if (!to.empty()) to.push_back(begins ? Mention{.text = " "} : between);
    to.push_back(units[i]);
  }
  return example;
}

}  // namespace p5
