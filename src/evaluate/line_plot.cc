#include "evaluate/line_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace p5 {
namespace {

constexpr double kNames = 110;      // room for names to the right
constexpr double kNameHeight = 14;  // so that names of lines that end alike do not cover each other
constexpr std::array kColors{"#1f6fb4", "#d1590c", "#2d8a3e", "#8a3fa0", "#b0293a",
                             "#6b5a14", "#167d88", "#c2489a", "#555555", "#3f51b5"};

class LineAxes {
 public:
  explicit LineAxes(std::span<const PlotLine> lines) {
    for (const PlotLine& line : lines) {
      steps_ = std::max(steps_, line.values.size());
      for (const double value : line.values) highest_ = std::max(highest_, value);
    }
    if (highest_ <= 0) highest_ = 1;
    step_ = nice_step(highest_ / 6);
    highest_ = std::ceil(highest_ * 1.02 / step_) * step_;
  }
  double x(double step) const {
    const double share = steps_ < 2 ? 0.5 : (step - 1) / static_cast<double>(steps_ - 1);
    return PlotPage::kLeft + share * (PlotPage::kWidth - PlotPage::kLeft - PlotPage::kRight - kNames);
  }
  double y(double value) const {
    const double height = PlotPage::kHeight - PlotPage::kTop - PlotPage::kBottom;
    return PlotPage::kHeight - PlotPage::kBottom - value / highest_ * height;
  }
  std::string grid() const {
    const double right = x(static_cast<double>(steps_)), bottom = y(0);
    std::string svg;
    for (int i = 0; i * step_ <= highest_ * 1.0001; ++i) {
      svg += fmt::format("<line x1='{}' y1='{:.1f}' x2='{:.1f}' y2='{:.1f}' stroke='#e3e3e3'/>\n", PlotPage::kLeft,
                         y(i * step_), right, y(i * step_));
      svg += fmt::format("<text x='{}' y='{:.1f}' text-anchor='end'>{:.4g}</text>\n", PlotPage::kLeft - 8,
                         y(i * step_) + 4, i * step_);
    }
    const double every = std::max(1.0, nice_step(static_cast<double>(steps_) / 8));
    for (double step = every; step <= static_cast<double>(steps_); step += every) {
      svg += fmt::format("<text x='{:.1f}' y='{}' text-anchor='middle'>{:g}</text>\n", x(step), bottom + 20, step);
    }
    return svg + fmt::format("<path d='M{} {} V{} H{:.1f}' fill='none' stroke='#666'/>\n", PlotPage::kLeft,
                             PlotPage::kTop, bottom, right);
  }

 private:
  std::size_t steps_ = 0;
  double highest_ = 0, step_ = 1;
};

// Heights of the names: those of the lines' ends, moved apart from the top down.
std::vector<double> name_heights(std::span<const PlotLine> lines, const LineAxes& axes) {
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto end = [&](std::size_t i) { return lines[i].values.empty() ? 0 : lines[i].values.back(); };
  std::ranges::stable_sort(order, std::ranges::greater(), end);
  std::vector<double> heights(lines.size());
  double free = PlotPage::kTop - kNameHeight;
  for (const std::size_t i : order) free = heights[i] = std::max(axes.y(end(i)), free + kNameHeight);
  return heights;
}

}  // namespace

std::string line_plot_svg(std::span<const PlotLine> lines, const PlotPage& page) {
  const LineAxes axes(lines);
  std::string body = axes.grid();
  const std::vector<double> heights = name_heights(lines, axes);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const char* color = kColors[i % kColors.size()];
    std::string path;
    for (std::size_t step = 0; step < lines[i].values.size(); ++step) {
      path += fmt::format("{}{:.1f} {:.1f} ", step == 0 ? 'M' : 'L', axes.x(static_cast<double>(step + 1)),
                          axes.y(lines[i].values[step]));
    }
    body += fmt::format("<path d='{}' fill='none' stroke='{}' stroke-width='1.8'/>\n", path, color);
    body += fmt::format("<text x='{:.1f}' y='{:.1f}' fill='{}'>{}</text>\n",
                        axes.x(static_cast<double>(lines[i].values.size())) + 8, heights[i] + 4, color,
                        svg_escaped(lines[i].name));
  }
  return plot_page(page, body);
}

}  // namespace p5
