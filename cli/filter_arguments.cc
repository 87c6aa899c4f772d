#include "cli/filter_arguments.h"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "base/logger.h"
#include "p5/error.h"
#include "pipeline/batch_recommend.h"

namespace p5::cli {
namespace {

std::vector<std::string> known_items(const std::string& file, const Recommender& recommender) {
  ItemList list = read_items(file, recommender);
  if (list.unknown > 0) {
    log_warning(fmt::format("{}{}", list.first_problem,
                            list.unknown > 1 ? fmt::format(", and {} more such lines", list.unknown - 1) : ""));
  }
  return std::move(list.items);
}

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

void FilterArguments::add_to(std::vector<Argument>& arguments) {
  arguments.push_back({.kind = Argument::Kind::kText,
                       .name = "where",
                       .help = "only items that fit, such as \"category=Guitars price<50 brand!=Fender\" "
                               "(docs/recommending.md)",
                       .text = &where});
  arguments.push_back({.kind = Argument::Kind::kText,
                       .name = "available",
                       .help = "only the items of this file, one key per line",
                       .text = &available});
  arguments.push_back({.kind = Argument::Kind::kText,
                       .name = "exclude",
                       .help = "items to leave out: a file, one key per line, or keys separated by commas",
                       .text = &exclude});
}

std::vector<std::string> FilterArguments::available_items(const Recommender& recommender) const {
  if (available.empty()) return {};
  auto items = known_items(available, recommender);
  if (items.empty()) {
    throw usage_error("no item is available",
                      {.where = "--available " + available, .expected = "keys of the corpus, one per line"});
  }
  return items;
}

std::vector<std::string> FilterArguments::excluded_items(const Recommender& recommender) const {
  if (std::filesystem::is_regular_file(exclude)) return known_items(exclude, recommender);
  return split_list(exclude);
}

}  // namespace p5::cli
