#include "evaluate/scatter_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "evaluate/plot_page.h"

namespace p5 {
namespace {

constexpr double kWidth = PlotPage::kWidth, kHeight = PlotPage::kHeight;
constexpr double kLeft = PlotPage::kLeft, kRight = PlotPage::kRight, kTop = PlotPage::kTop, kBottom = PlotPage::kBottom;
constexpr double kRadius = 5, kLetter = 6.7, kLine = 15;
constexpr double kShortest = 0.1;  // seconds
constexpr const char* kPlain = "#1f6fb4";
constexpr const char* kHighlighted = "#d1590c";

struct Box {
  double left, top, right, bottom;
  bool overlaps(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

// The axes: seconds and values to positions in the picture.
class Axes {
 public:
  explicit Axes(std::span<const PlotPoint> points) {
    double shortest = 1e300, longest = 0;
    for (const PlotPoint& point : points) {
      shortest = std::min(shortest, seconds_of(point));
      longest = std::max(longest, seconds_of(point));
      highest_ = std::max(highest_, point.value + point.margin);
    }
    if (points.empty()) shortest = longest = 1;
    // Room for names on both sides.
    from_ = std::log(shortest / 1.6);
    to_ = std::log(longest * 3);
    if (highest_ <= 0) highest_ = 1;
    step_ = nice_step(highest_ / 6);
    highest_ = std::ceil(highest_ * 1.04 / step_) * step_;
  }

  double x(double seconds) const {
    return kLeft + (std::log(seconds) - from_) / (to_ - from_) * (kWidth - kLeft - kRight);
  }
  double y(double value) const { return kHeight - kBottom - value / highest_ * (kHeight - kTop - kBottom); }
  double highest() const { return highest_; }
  double step() const { return step_; }
  bool shows(double seconds) const { return std::log(seconds) >= from_ && std::log(seconds) <= to_; }
  static double seconds_of(const PlotPoint& point) { return std::max(point.seconds, kShortest); }

 private:
  double from_ = 0, to_ = 1, highest_ = 0, step_ = 1;
};

std::string grid(const Axes& axes) {
  static constexpr std::array<std::pair<double, const char*>, 12> kTicks{{{0.1, "0.1 s"},
                                                                          {0.3, "0.3 s"},
                                                                          {1, "1 s"},
                                                                          {3, "3 s"},
                                                                          {10, "10 s"},
                                                                          {30, "30 s"},
                                                                          {60, "1 min"},
                                                                          {180, "3 min"},
                                                                          {600, "10 min"},
                                                                          {1800, "30 min"},
                                                                          {3600, "1 h"},
                                                                          {14400, "4 h"}}};
  const double bottom = kHeight - kBottom, right = kWidth - kRight;
  std::string svg;
  for (int i = 0; i * axes.step() <= axes.highest() * 1.0001; ++i) {
    const double value = i * axes.step(), y = axes.y(value);
    svg += fmt::format("<line x1='{}' y1='{:.1f}' x2='{}' y2='{:.1f}' stroke='#e3e3e3'/>\n", kLeft, y, right, y);
    svg += fmt::format("<text x='{}' y='{:.1f}' text-anchor='end'>{:.3g}</text>\n", kLeft - 8, y + 4, value);
  }
  for (const auto& [seconds, text] : kTicks) {
    if (!axes.shows(seconds)) continue;
    const double x = axes.x(seconds);
    svg += fmt::format("<line x1='{:.1f}' y1='{}' x2='{:.1f}' y2='{}' stroke='#f0f0f0'/>\n", x, kTop, x, bottom);
    svg += fmt::format("<text x='{:.1f}' y='{}' text-anchor='middle'>{}</text>\n", x, bottom + 20, text);
  }
  svg += fmt::format("<path d='M{} {} V{} H{}' fill='none' stroke='#666'/>\n", kLeft, kTop, bottom, right);
  return svg;
}

// Where the name of a point goes: the first place that covers nothing, else the one to the right.
Box place(const PlotPoint& point, const Axes& axes, const std::vector<Box>& taken) {
  const double x = axes.x(Axes::seconds_of(point)), y = axes.y(point.value);
  const double width = kLetter * static_cast<double>(point.name.size());
  const double gap = kRadius + 4;
  const auto box = [&](double left, double middle) {
    return Box{left, middle - kLine / 2, left + width, middle + kLine / 2};
  };
  std::vector<Box> places;
  for (const double shift : {0.0, -kLine, kLine, -2 * kLine, 2 * kLine, -3 * kLine, 3 * kLine}) {
    places.push_back(box(x + gap, y + shift));
    places.push_back(box(x - gap - width, y + shift));
  }
  for (const Box& candidate : places) {
    const bool inside = candidate.left > kLeft && candidate.right < kWidth - 4 && candidate.top > kTop - kLine &&
                        candidate.bottom < kHeight - kBottom;
    const bool free =
        std::none_of(taken.begin(), taken.end(), [&](const Box& other) { return candidate.overlaps(other); });
    if (inside && free) return candidate;
  }
  return places.front();
}

std::string marks(std::span<const PlotPoint> points, const Axes& axes) {
  std::string svg;
  std::vector<Box> taken;
  for (const PlotPoint& point : points) {
    const double x = axes.x(Axes::seconds_of(point)), y = axes.y(point.value);
    const double low = axes.y(std::max(0.0, point.value - point.margin)), high = axes.y(point.value + point.margin);
    const char* color = point.highlighted ? kHighlighted : kPlain;
    svg += fmt::format(
        "<path d='M{0:.1f} {1:.1f} V{2:.1f} M{3:.1f} {1:.1f} h8 M{3:.1f} {2:.1f} h8' stroke='{4}' "
        "stroke-opacity='0.6'/>\n",
        x, low, high, x - 4, color);
    svg += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='{}' fill='{}'/>\n", x, y, kRadius, color);
    taken.push_back({x - kRadius, y - kRadius, x + kRadius, y + kRadius});
    taken.push_back({x - 2, high, x + 2, low});
  }
  for (const PlotPoint& point : points) {
    const Box box = place(point, axes, taken);
    taken.push_back(box);
    svg += fmt::format("<text x='{:.1f}' y='{:.1f}' fill='#222'>{}</text>\n", box.left, box.bottom - 4,
                       svg_escaped(point.name));
  }
  return svg;
}

std::string legend(const PlotTitles& titles) {
  std::string svg;
  double x = kLeft;
  for (const auto& [text, color] :
       {std::pair{titles.plain_points, kPlain}, std::pair{titles.highlighted_points, kHighlighted}}) {
    if (text.empty()) continue;
    svg += fmt::format("<circle cx='{:.1f}' cy='44' r='{}' fill='{}'/>\n", x + kRadius, kRadius, color);
    svg += fmt::format("<text x='{:.1f}' y='48'>{}</text>\n", x + 2 * kRadius + 6, svg_escaped(text));
    x += 2 * kRadius + 30 + kLetter * static_cast<double>(text.size());
  }
  return svg;
}

}  // namespace

std::string scatter_plot_svg(std::span<const PlotPoint> points, const PlotTitles& titles) {
  const Axes axes(points);
  return plot_page({.title = titles.title, .horizontal = titles.horizontal, .vertical = titles.vertical},
                   legend(titles) + grid(axes) + marks(points, axes));
}

}  // namespace p5
