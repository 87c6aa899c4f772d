#include "ingest/check_in_reader.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "ingest/field_lines.h"
#include "records/field_parsing.h"
#include "records/input_files.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kCheckInColumns = 5;

std::optional<double> degrees_of(std::string_view text, double most) {
  const auto value = parse_number(text);
  return value && std::abs(*value) <= most ? value : std::nullopt;
}

bool may_be_check_ins(const fs::path& path) { return has_extension(path, {".txt"}); }

bool looks_like_check_ins(const fs::path& path) {
  const auto fields = first_fields(path, '\t');
  return fields.size() == kCheckInColumns && parse_integer(fields[0]) && parse_time(fields[1], TimeUnit::kIso) &&
         degrees_of(fields[2], 90) && degrees_of(fields[3], 180) && !fields[4].empty();
}

bool is_check_ins(const fs::path& path) { return may_be_check_ins(path) && looks_like_check_ins(path); }

void read_check_ins(const fs::path& path, RecordSink& sink) {
  FieldLines lines(path, '\t', kCheckInColumns, sink);
  sink.use_columns({.roles = {{"user", "column 1"}, {"time", "column 2"}, {"item", "column 5"}},
                    .attributes = {"latitude (column 3)", "longitude (column 4)"}});
  RecentKeys places;
  std::vector<std::string_view> fields;
  while (lines.next(fields)) {
    if (fields[0].empty() || fields[4].empty()) {
      lines.bad(fields[0].empty() ? "user: expected a number" : "item: expected a place", fields[0]);
      continue;
    }
    const auto time = parse_time(fields[1], TimeUnit::kIso);
    if (!time) {
      lines.bad("time: expected a time such as 2010-10-19T23:55:27Z", fields[1]);
      continue;
    }
    Interaction event{.user = std::string(fields[0]), .item = std::string(fields[4]), .time_ms = *time};
    if (places.is_new(fields[4])) {
      ItemRecord place{.key = event.item};
      // Some places lie beyond the poles; they stay without a position.
      const auto latitude = degrees_of(fields[2], 90), longitude = degrees_of(fields[3], 180);
      if (latitude && longitude) place.attributes = {{"latitude", *latitude}, {"longitude", *longitude}};
      sink.item(place);
    }
    sink.interaction(event);
  }
}

}  // namespace

bool CheckInReader::recognizes(const std::vector<fs::path>& inputs) const {
  return !matching_files(inputs, is_check_ins).empty();
}

void CheckInReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  for (const auto& path : expand_inputs(inputs, is_check_ins, "check-ins: user, time, latitude, longitude, place")) {
    read_check_ins(path, sink);
  }
}

}  // namespace p5
