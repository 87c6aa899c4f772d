#include "clustering/level_codes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

namespace p5 {
namespace {

constexpr int kIterations = 50;
constexpr double kSharpness = 20.0;  // of the kernel, in units of the mean distance

using Group = std::vector<std::uint32_t>;

// The points in groups of equal first `levels` codes.
std::vector<Group> groups_of(const LevelCodes& codes, std::size_t levels) {
  Group order(codes.points());
  std::iota(order.begin(), order.end(), 0u);
  const auto head = [&](std::uint32_t point) { return codes.of(point).first(levels); };
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return std::ranges::lexicographical_compare(head(a), head(b)); });
  std::vector<Group> groups;
  for (const std::uint32_t point : order) {
    if (groups.empty() || !std::ranges::equal(head(groups.back().front()), head(point))) groups.emplace_back();
    groups.back().push_back(point);
  }
  return groups;
}

// [group, codes] squared distances.
std::vector<double> distances_of(const LevelCodes& codes, const Group& group) {
  const std::size_t width = codes.last_width;
  std::vector<double> distances;
  for (const std::uint32_t point : group) {
    for (std::size_t code = 0; code < codes.size; ++code) {
      double sum = 0;
      for (std::size_t i = 0; i < width; ++i) {
        const double step = codes.last_points[point * width + i] - codes.last_codebook[code * width + i];
        sum += step * step;
      }
      distances.push_back(sum);
    }
  }
  return distances;
}

// The plan [points, codes] that moves a mass of 1 from every point, no code taking more than its share.
std::vector<double> transport_plan(const std::vector<double>& distances, std::size_t points, std::size_t codes) {
  const double mean = std::accumulate(distances.begin(), distances.end(), 0.0) / static_cast<double>(distances.size());
  std::vector<double> plan(distances.size(), 1.0);
  for (std::size_t i = 0; i < plan.size() && mean > 0; ++i) plan[i] = std::exp(-kSharpness * distances[i] / mean);
  const double share = static_cast<double>(points) / static_cast<double>(codes);
  for (int round = 0; round < kIterations; ++round) {
    for (std::size_t code = 0; code < codes; ++code) {
      double sum = std::numeric_limits<double>::min();
      for (std::size_t point = 0; point < points; ++point) sum += plan[point * codes + code];
      for (std::size_t point = 0; point < points; ++point) plan[point * codes + code] *= share / sum;
    }
    for (std::size_t point = 0; point < points; ++point) {
      const auto row = std::span(plan).subspan(point * codes, codes);
      const double sum = std::accumulate(row.begin(), row.end(), std::numeric_limits<double>::min());
      for (double& mass : row) mass /= sum;
    }
  }
  return plan;
}

// One code a point, the largest masses of the plan first.
void take_codes(LevelCodes& codes, const Group& group, const std::vector<double>& plan) {
  std::vector<std::tuple<double, std::uint32_t, std::uint32_t>> wishes;
  for (std::uint32_t i = 0; i < group.size(); ++i) {
    for (std::uint32_t code = 0; code < codes.size; ++code) wishes.emplace_back(-plan[i * codes.size + code], i, code);
  }
  std::sort(wishes.begin(), wishes.end());
  std::vector<bool> served(group.size(), false), taken(codes.size, false);
  for (const auto& [mass, point, code] : wishes) {
    if (served[point] || taken[code]) continue;
    served[point] = taken[code] = true;
    codes.values[group[point] * codes.levels + codes.levels - 1] = code;
  }
}

bool collides(const LevelCodes& codes, const Group& group) {
  std::vector<bool> seen(codes.size, false);
  return std::ranges::any_of(group, [&](std::uint32_t point) {
    const std::uint32_t code = codes.of(point).back();
    if (seen[code]) return true;
    seen[code] = true;
    return false;
  });
}

}  // namespace

std::vector<double> code_usage(const LevelCodes& codes) {
  std::vector<double> usage;
  for (std::size_t level = 0; level < codes.levels; ++level) {
    std::vector<bool> used(codes.size, false);
    for (std::size_t point = 0; point < codes.points(); ++point) used[codes.of(point)[level]] = true;
    usage.push_back(static_cast<double>(std::ranges::count(used, true)) / static_cast<double>(codes.size));
  }
  return usage;
}

std::size_t colliding_points(const LevelCodes& codes) {
  std::size_t points = 0;
  for (const Group& group : groups_of(codes, codes.levels)) points += group.size() > 1 ? group.size() : 0;
  return points;
}

void separate_by_sinkhorn(LevelCodes& codes) {
  for (const Group& group : groups_of(codes, codes.levels - 1)) {
    if (group.size() > codes.size || !collides(codes, group)) continue;
    const std::vector<double> distances = distances_of(codes, group);
    take_codes(codes, group, transport_plan(distances, group.size(), codes.size));
  }
}

}  // namespace p5
