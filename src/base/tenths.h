// Numbers cut into ten groups of about equal size, for models that give each group a weight or a vector. Thread-safe:
// free functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace p5 {

// The least value of each group except the first, ascending, at most nine. Equal numbers are in one group, so that
// there are fewer groups where many numbers are equal. Numbers that are not finite are left out.
std::vector<double> edges_of_tenths(std::vector<double> numbers);

// The group of a finite number, from 0 to edges.size().
std::size_t tenth_of(double number, std::span<const double> edges);

}  // namespace p5
