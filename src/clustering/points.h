// Points of one space, row after row. Borrows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace p5 {

struct Points {
  std::span<const float> values;  // [size, width]
  std::size_t width = 1;

  std::size_t size() const { return values.size() / width; }
  std::span<const float> operator[](std::size_t point) const { return values.subspan(point * width, width); }
};

// The points of these numbers, in their order.
std::vector<float> gather(const Points& points, std::span<const std::uint32_t> chosen);

}  // namespace p5
