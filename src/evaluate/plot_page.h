// What all plots share: the page with its titles, escaped texts, and steps of axes. Thread-safe: free functions.
#pragma once

#include <string>

namespace p5 {

struct PlotPage {
  static constexpr double kWidth = 820, kHeight = 500;
  static constexpr double kLeft = 84, kRight = 28, kTop = 64, kBottom = 62;  // margins around the plot

  std::string title, horizontal, vertical;
};

// An SVG document with the titles around `body`.
std::string plot_page(const PlotPage& page, const std::string& body);
std::string svg_escaped(const std::string& text);
// The least of 1, 2, 2.5 and 5 times a power of ten that is at least as great.
double nice_step(double wanted);

}  // namespace p5
