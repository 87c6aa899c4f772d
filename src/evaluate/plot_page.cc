#include "evaluate/plot_page.h"

#include <fmt/format.h>

#include <cmath>

namespace p5 {

std::string plot_page(const PlotPage& page, const std::string& body) {
  constexpr double kWidth = PlotPage::kWidth, kHeight = PlotPage::kHeight, kLeft = PlotPage::kLeft;
  constexpr double kMiddle = PlotPage::kTop + (kHeight - PlotPage::kTop - PlotPage::kBottom) / 2;
  return fmt::format(
             "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' viewBox='0 0 {0} {1}' "
             "font-family='Helvetica, Arial, sans-serif' font-size='12' fill='#444'>\n"
             "<rect width='{0}' height='{1}' fill='white'/>\n"
             "<text x='{2}' y='26' font-size='16' fill='#111'>{3}</text>\n",
             kWidth, kHeight, kLeft, svg_escaped(page.title)) +
         body +
         fmt::format("<text x='{:.1f}' y='{}' text-anchor='middle'>{}</text>\n",
                     kLeft + (kWidth - kLeft - PlotPage::kRight) / 2, kHeight - 16, svg_escaped(page.horizontal)) +
         fmt::format("<text transform='translate(24 {:.1f}) rotate(-90)' text-anchor='middle'>{}</text>\n</svg>\n",
                     kMiddle, svg_escaped(page.vertical));
}

std::string svg_escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else if (c == '"') {
      safe += "&quot;";
    } else {
      safe += c;
    }
  }
  return safe;
}

double nice_step(double wanted) {
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  for (const double nice : {1.0, 2.0, 2.5, 5.0}) {
    if (wanted <= nice * power * 1.0001) return nice * power;
  }
  return 10 * power;
}

}  // namespace p5
