// A scatter plot as an SVG document: points with vertical intervals and names, over seconds on a logarithmic axis.
// Thread-safe: free functions.
#pragma once

#include <span>
#include <string>

namespace p5 {

struct PlotPoint {
  std::string name;
  double seconds = 0;  // below a tenth of a second counts as that
  double value = 0, margin = 0;
  bool highlighted = false;
};

struct PlotTitles {
  std::string title, horizontal, vertical;
  std::string plain_points, highlighted_points;  // the legend; empty: none
};

// Names are put where they cover neither each other nor points, as far as there is room.
std::string scatter_plot_svg(std::span<const PlotPoint> points, const PlotTitles& titles);

}  // namespace p5
