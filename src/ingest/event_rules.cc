#include "ingest/event_rules.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "ingest/corpus_builder.h"
#include "p5/error.h"
#include "records/field_parsing.h"

namespace p5 {
namespace {

double least_of(const std::string& text) {
  if (text == "none" || text.empty()) return -std::numeric_limits<double>::infinity();
  const auto number = parse_number(trimmed(text));
  if (number) return *number;
  throw usage_error("bad minimum rating",
                    {.where = "import.min_rating", .expected = "a number or none", .got = "'" + text + "'"});
}

std::string types_of(const std::map<std::string, std::uint64_t>& kept,
                     const std::map<std::string, std::uint64_t>& dropped) {
  std::vector<std::string> names;
  for (const auto* types : {&kept, &dropped}) {
    for (const auto& [type, count] : *types) {
      if (!type.empty() && names.size() < 10) names.push_back(type);
    }
  }
  return names.empty() ? "the log has no event types (--event-column names their column)"
                       : fmt::format("the log has {}", fmt::join(names, ", "));
}

}  // namespace

EventRules::EventRules(const CleaningOptions& options)
    : least_rating(least_of(options.min_rating)), events(options.events.begin(), options.events.end()) {
  for (const std::string& entry : options.weights) {
    const std::size_t sign = entry.rfind('=');
    const auto number =
        sign == std::string::npos ? std::nullopt : parse_number(trimmed(std::string_view(entry).substr(sign + 1)));
    if (!number || *number < 0 || *number > 1e6 || sign == 0) {
      throw usage_error("bad weight of an event type",
                        {.where = "--weight", .expected = "TYPE=NUMBER, such as view=0.2", .got = "'" + entry + "'"});
    }
    weights[std::string(trimmed(std::string_view(entry).substr(0, sign)))] = *number;
  }
}

float EventRules::weight_of(std::string_view event) const {
  if (weights.empty()) return 1;
  const auto found = weights.find(std::string(event));
  return found == weights.end() ? 1.0f : static_cast<float>(found->second);
}

std::vector<std::string> EventRules::unmet(const std::map<std::string, std::uint64_t>& kept,
                                           const std::map<std::string, std::uint64_t>& dropped) const {
  std::vector<std::string> sentences;
  const auto look = [&](const std::string& type, const char* flag) {
    if (kept.contains(type)) return;
    sentences.push_back(fmt::format("no event has the type '{}' of {}; {}", type, flag, types_of(kept, dropped)));
  };
  for (const std::string& type : events) look(type, "--events");
  for (const auto& [type, weight] : weights) look(type, "--weight");
  return sentences;
}

void EventRules::check(const std::map<std::string, std::uint64_t>& dropped) const {
  if (events.empty() || dropped.empty()) return;
  throw usage_error(
      "no event has one of the wanted types",
      {.where = "--events", .expected = fmt::format("{}", fmt::join(events, ", ")), .got = types_of({}, dropped)});
}

}  // namespace p5
