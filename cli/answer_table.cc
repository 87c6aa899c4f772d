#include "cli/answer_table.h"

#include <fmt/format.h>

#include <string_view>

#include "base/terminal_text.h"
#include "recommend/candidate_sources.h"

namespace p5::cli {

std::string source_help(const std::string& default_source) {
  std::vector<std::string_view> names;
  for (const auto& row : candidate_sources()) names.push_back(row.name);
  return fmt::format("who proposes the items: {} (default {})", fmt::join(names, ", "), default_source);
}

namespace {

// "proposed by item-knn 62%, p5 30%, popularity 8%": parts of less than half a percent are left out.
std::string why_text(const std::vector<SourceShare>& why) {
  std::vector<std::string> parts;
  for (const SourceShare& part : why) {
    if (part.share >= 0.005) parts.push_back(fmt::format("{} {:.0f}%", part.source, 100 * part.share));
  }
  return fmt::format("proposed by {}", fmt::join(parts, ", "));
}

}  // namespace

std::string answer_table(const std::vector<Recommendation>& items, bool why) {
  std::string text = "rank   score  item          title\n";
  for (std::size_t i = 0; i < items.size(); ++i) {
    text += fmt::format("{:>4}  {:>6.2f}  {:<12}  {}\n", i + 1, items[i].score, terminal_text(items[i].item),
                        terminal_text(items[i].title));
    if (!items[i].explanation.empty()) text += fmt::format("{:>14}{}\n", "", terminal_text(items[i].explanation));
    if (why && !items[i].why.empty()) text += fmt::format("{:>14}{}\n", "", why_text(items[i].why));
  }
  return text;
}

}  // namespace p5::cli
