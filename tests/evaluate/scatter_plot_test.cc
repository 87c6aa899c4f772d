#include "evaluate/scatter_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

namespace p5 {
namespace {

using testing::HasSubstr;
using testing::Not;

// The attributes x and y of elements with this name and content.
std::vector<std::pair<double, double>> positions(const std::string& svg, const std::string& pattern) {
  std::vector<std::pair<double, double>> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator match(svg.begin(), svg.end(), regex), end; match != end; ++match) {
    found.emplace_back(std::stod((*match)[1]), std::stod((*match)[2]));
  }
  return found;
}
constexpr const char* kCircle = "<circle cx='([0-9.]+)' cy='([0-9.]+)'";

TEST(ScatterPlot, PutsMoreSecondsToTheRightAndHigherValuesUp) {
  const std::vector<PlotPoint> points{{.name = "fast", .seconds = 1, .value = 0.02},
                                      {.name = "slow", .seconds = 100, .value = 0.05},
                                      {.name = "middle", .seconds = 10, .value = 0.05}};
  const std::string svg = scatter_plot_svg(points, {.title = "t"});
  const auto circles = positions(svg, kCircle);
  ASSERT_EQ(circles.size(), 3u);
  EXPECT_LT(circles[0].first, circles[1].first);
  EXPECT_GT(circles[0].second, circles[1].second);
  EXPECT_EQ(circles[1].second, circles[2].second);
  EXPECT_NEAR(circles[2].first - circles[0].first, circles[1].first - circles[2].first, 0.2);  // logarithmic
}

TEST(ScatterPlot, NamesOfPointsAtOnePlaceDoNotCoverEachOther) {
  std::vector<PlotPoint> points;
  for (const char* name : {"one", "two", "three", "four"})
    points.push_back({.name = name, .seconds = 1, .value = 0.05});
  const std::string svg = scatter_plot_svg(points, {});
  std::vector<std::pair<double, double>> places;
  for (const PlotPoint& point : points) {
    const auto found = positions(svg, "<text x='([0-9.]+)' y='([0-9.]+)' fill='#222'>" + point.name);
    ASSERT_EQ(found.size(), 1u);
    for (const auto& other : places) {
      EXPECT_TRUE(std::abs(other.second - found[0].second) > 10 || std::abs(other.first - found[0].first) > 20);
    }
    places.push_back(found[0]);
  }
}

TEST(ScatterPlot, EscapesTextAndTakesAnyNumbers) {
  const std::vector<PlotPoint> points{{.name = "a<b & \"c\"", .seconds = 0, .value = 0}};
  const std::string svg = scatter_plot_svg(points, {.title = "<title>"});
  EXPECT_THAT(svg, HasSubstr("a&lt;b &amp; &quot;c&quot;"));
  EXPECT_THAT(svg, HasSubstr("&lt;title&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(scatter_plot_svg({}, {}), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace p5
