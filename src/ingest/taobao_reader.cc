#include "ingest/taobao_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/text_layout.h"
#include "ingest/field_lines.h"
#include "records/field_parsing.h"
#include "records/input_files.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kTaobaoColumns = 5;
constexpr std::int64_t kFirstSecond = 1511539200, kLastSecond = 1512316799;  // the nine days, China time

bool is_behaviour(std::string_view text) { return text == "pv" || text == "cart" || text == "fav" || text == "buy"; }

bool may_be_taobao(const fs::path& path) { return has_extension(path, {".csv"}); }

bool looks_like_taobao(const fs::path& path) {
  const auto fields = first_fields(path, ',');
  return fields.size() == kTaobaoColumns && parse_integer(fields[0]) && parse_integer(fields[1]) &&
         parse_integer(fields[2]) && is_behaviour(fields[3]) && parse_integer(fields[4]);
}

bool is_taobao(const fs::path& path) { return may_be_taobao(path) && looks_like_taobao(path); }

void read_behaviours(const fs::path& path, RecordSink& sink) {
  FieldLines lines(path, ',', kTaobaoColumns, sink);
  sink.use_columns({.roles = {{"user", "column 1"},
                              {"item", "column 2"},
                              {"category", "column 3"},
                              {"event type", "column 4"},
                              {"time", "column 5"}}});
  RecentKeys items(std::size_t{1} << 20);
  std::vector<std::string_view> fields;
  std::uint64_t outside = 0;
  while (lines.next(fields)) {
    if (fields[0].empty() || fields[1].empty()) {
      lines.bad("user and item: expected numbers", fields[0].empty() ? fields[0] : fields[1]);
      continue;
    }
    if (!is_behaviour(fields[3])) {
      lines.bad("event type: expected pv, cart, fav or buy", fields[3]);
      continue;
    }
    const auto second = parse_integer(fields[4]);
    const auto time = second && *second > 0 ? parse_time(fields[4], TimeUnit::kSeconds) : std::nullopt;
    if (!time) {
      lines.bad("time: expected seconds since 1970", fields[4]);
      continue;
    }
    if (*second < kFirstSecond || *second > kLastSecond) ++outside;
    Interaction event{.user = std::string(fields[0]),
                      .item = std::string(fields[1]),
                      .time_ms = *time,
                      .event = std::string(fields[3])};
    if (!fields[2].empty() && items.is_new(fields[1])) {
      ItemRecord item{.key = event.item, .categories = {std::string(fields[2])}};
      sink.item(item);
    }
    sink.interaction(event);
  }
  if (outside > 0) {
    sink.note(
        fmt::format("{}: {} not of 25 November to 3 December 2017, of which the publisher says the data are; kept",
                    path.string(), counted(outside, "event")));
  }
}

}  // namespace

bool TaobaoReader::recognizes(const std::vector<fs::path>& inputs) const {
  return !matching_files(inputs, is_taobao).empty();
}

void TaobaoReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  for (const auto& path : expand_inputs(inputs, is_taobao, "UserBehavior.csv: user,item,category,behaviour,time")) {
    read_behaviours(path, sink);
  }
}

}  // namespace p5
