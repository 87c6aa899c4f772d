#include "evaluate/line_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace p5 {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(LinePlot, DrawsEachLineOnceWithItsNameEscaped) {
  const std::vector<PlotLine> lines{{.name = "a<b", .values = {1, 2, 3}}, {.name = "flat", .values = {2, 2, 2}}};
  const std::string svg = line_plot_svg(lines, {.title = "t", .horizontal = "day", .vertical = "clicks"});
  EXPECT_THAT(svg, HasSubstr("a&lt;b"));
  EXPECT_THAT(svg, Not(HasSubstr("a<b")));
  std::size_t lines_drawn = 0;
  for (std::size_t at = 0; (at = svg.find("stroke-width='1.8'", at)) != std::string::npos; ++at) ++lines_drawn;
  EXPECT_EQ(lines_drawn, 2u);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(LinePlot, StandsWithoutLinesAndWithOneStep) {
  for (const std::vector<PlotLine>& lines :
       {std::vector<PlotLine>{}, {{.name = "empty", .values = {}}}, {{.name = "one", .values = {0}}}}) {
    const std::string svg = line_plot_svg(lines, {.title = "t", .horizontal = "", .vertical = ""});
    EXPECT_THAT(svg, HasSubstr("</svg>"));
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
    EXPECT_THAT(svg, Not(HasSubstr("inf")));
  }
}

}  // namespace
}  // namespace p5
