#include "policy/open_bandit_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "p5/error.h"
#include "policy/log_lines.h"
#include "records/delimited_source.h"

namespace p5 {
namespace {

constexpr std::array<const char*, 4> kColumns{"item_id", "position", "click", "propensity_score"};
using Places = std::array<std::size_t, kColumns.size()>;

double number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? number : std::nan("");
}

Places places_of(std::span<const std::string_view> header, const std::string& file) {
  Places places{};
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto found = std::ranges::find(header, kColumns[i]);
    if (found == header.end()) {
      throw data_error("a column is missing", {.where = file + ":1",
                                               .expected = fmt::format("{}", fmt::join(kColumns, ", ")),
                                               .got = fmt::format("no {}", kColumns[i])});
    }
    places[i] = static_cast<std::size_t>(found - header.begin());
  }
  return places;
}

}  // namespace

bool looks_like_open_bandit(std::string_view first_line) {
  return first_line.find("propensity_score") != std::string_view::npos;
}

void read_open_bandit(const std::filesystem::path& file, DecisionLog& log) {
  log.format = "open-bandit";
  ProblemSink sink(log.problems);
  DelimitedSource rows(file, {}, sink);
  std::vector<std::string_view> fields;
  if (!rows.next(fields)) return;
  const Places places = places_of(fields, rows.file());
  const std::size_t width = fields.size();
  DecisionCollector collector(log);
  while (rows.next(fields)) {
    const std::string where = fmt::format("{}:{}", rows.file(), rows.line_number());
    if (fields.size() != width) {
      log.problems.count("another number of fields than the header has", where, fmt::format("{}", fields.size()));
      continue;
    }
    const double position = number_of(fields[places[1]]);
    if (!(position >= 1 && position <= 1000)) {
      log.problems.count("a position that is no number from 1", where, fields[places[1]]);
      continue;
    }
    collector.add({.id = fmt::format("line {}", rows.line_number()),
                   .kind = PropensityKind::kOfPlace,
                   .first_place = static_cast<std::size_t>(position) - 1,
                   .shown = {{.item = std::string(fields[places[0]]),
                              .propensity = number_of(fields[places[3]]),
                              .reward = number_of(fields[places[2]])}}},
                  where);
  }
}

}  // namespace p5
