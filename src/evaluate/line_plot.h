// Lines over equal steps, such as days, as an SVG document, each with its name at its end. Thread-safe: free functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/plot_page.h"

namespace p5 {

struct PlotLine {
  std::string name;
  std::vector<double> values;  // at steps 1, 2, ...; 0 or more
};

std::string line_plot_svg(std::span<const PlotLine> lines, const PlotPage& page);

}  // namespace p5
