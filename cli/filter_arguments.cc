#include "cli/filter_arguments.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/logger.h"
#include "p5/error.h"
#include "pipeline/batch_recommend.h"
#include "records/field_parsing.h"

namespace p5::cli {
namespace {

// ["a", "b"]: the texts of a JSON list.
std::optional<std::vector<std::string>> json_list(const std::string& text) {
  if (!trimmed(text).starts_with('[')) return std::nullopt;
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return std::nullopt;
  std::vector<std::string> parts;
  for (const auto& part : list) {
    if (!part.is_string() && !part.is_number_integer()) return std::nullopt;
    parts.push_back(part.is_string() ? part.get<std::string>() : part.dump());
  }
  return parts;
}

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
  if (const auto listed = json_list(text)) return *listed;
  std::vector<std::string> parts(1);
  bool quoted = false, exact = false;  // `exact`: blanks at the ends were in quotes or escaped
  const auto end_part = [&] {
    if (!exact) parts.back() = trimmed(parts.back());
    exact = false;
    if (!parts.back().empty()) parts.emplace_back();
    parts.back().clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      parts.back().push_back(text[++i]);
    } else if (quoted && c == '"') {
      quoted = i + 1 < text.size() && text[i + 1] == '"';
      if (quoted) parts.back().push_back(text[i++]);
    } else if (c == '"' && trimmed(parts.back()).empty()) {
      quoted = exact = true;
      parts.back().clear();
    } else if (c == ',' && !quoted) {
      end_part();
    } else if (!exact || quoted) {
      parts.back().push_back(c);
    }
  }
  end_part();
  parts.pop_back();
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
