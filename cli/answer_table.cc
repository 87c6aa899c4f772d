#include "cli/answer_table.h"

#include <fmt/format.h>

#include <string_view>

#include "recommend/candidate_sources.h"

namespace p5::cli {

std::string source_help(const std::string& default_source) {
  std::vector<std::string_view> names;
  for (const auto& row : candidate_sources()) names.push_back(row.name);
  return fmt::format("who proposes the items: {} (default {})", fmt::join(names, ", "), default_source);
}

std::string answer_table(const std::vector<Recommendation>& items) {
  std::string text = "rank   score  item          title\n";
  for (std::size_t i = 0; i < items.size(); ++i) {
    text += fmt::format("{:>4}  {:>6.2f}  {:<12}  {}\n", i + 1, items[i].score, items[i].item, items[i].title);
    if (!items[i].explanation.empty()) text += fmt::format("{:>14}{}\n", "", items[i].explanation);
  }
  return text;
}

}  // namespace p5::cli
