#include "ingest/amazon_ratings.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "p5/error.h"
#include "records/delimited_source.h"
#include "records/field_parsing.h"
#include "records/input_files.h"

namespace p5 {
namespace {

constexpr std::size_t kLookedAt = 200;

struct Layout {
  std::size_t user = 0, item = 1, rating = 2, time = 3;
  bool header = false;
};

bool is_code(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}
bool is_asin(std::string_view text) { return text.size() == 10 && is_code(text); }
bool is_reviewer(std::string_view text) { return text.size() >= 10 && text.starts_with('A') && is_code(text); }

std::optional<Layout> layout_of_header(const std::vector<std::string_view>& names) {
  const auto index = [&names](std::string_view name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  Layout layout{.user = index("user_id"),
                .item = index("parent_asin"),
                .rating = index("rating"),
                .time = index("timestamp"),
                .header = true};
  if (layout.item == names.size()) layout.item = index("asin");
  if (std::max({layout.user, layout.item, layout.rating, layout.time}) >= names.size()) return std::nullopt;
  return layout;
}

std::optional<Layout> layout_of(const std::filesystem::path& path) {
  std::size_t user_first = 0, item_first = 0;
  std::vector<std::string_view> fields;
  const auto lines = first_lines(path, kLookedAt);
  for (const auto& line : lines) {
    split_fields(line, ',', fields);
    if (&line == &lines.front()) {
      if (const auto layout = layout_of_header(fields)) return layout;
    }
    if (fields.size() != 4 || !parse_number(fields[2]) || !parse_integer(fields[3])) continue;
    user_first += is_reviewer(fields[0]) && is_asin(fields[1]);
    item_first += is_asin(fields[0]) && is_reviewer(fields[1]);
  }
  if (2 * std::max(user_first, item_first) < lines.size() || lines.empty()) return std::nullopt;
  return user_first >= item_first ? Layout{} : Layout{.user = 1, .item = 0};
}

const char* take(const std::vector<std::string_view>& fields, const Layout& layout, Interaction& record) {
  if (fields.size() <= std::max({layout.user, layout.item, layout.rating, layout.time})) {
    return "columns: expected user, item, rating and time";
  }
  record.user = fields[layout.user];
  record.item = fields[layout.item];
  if (record.user.empty()) return "user: expected a text";
  if (record.item.empty()) return "item: expected a text";
  const auto rating = parse_rating(fields[layout.rating]);
  if (!rating) return "rating: expected a number";
  const auto time = parse_time(fields[layout.time], TimeUnit::kAuto);
  if (!time) return "time: expected seconds or milliseconds since 1970";
  record.rating = *rating;
  record.time_ms = *time;
  return nullptr;
}

}  // namespace

bool is_amazon_ratings(const std::filesystem::path& path) { return layout_of(path).has_value(); }

void read_amazon_ratings(const std::filesystem::path& path, RecordSink& sink) {
  const auto layout = layout_of(path);
  if (!layout) {
    throw data_error("the columns cannot be told apart",
                     {.where = path.string(),
                      .expected = "user,item,rating,time of an Amazon release (for other tables: --format csv)"});
  }
  DelimitedSource table(path, {.separator = ','}, sink);
  const auto name = [&](std::string_view own, std::size_t column) {
    return layout->header ? std::string(own) : "column " + std::to_string(column + 1);
  };
  sink.use_columns({.roles = {{"user", name("user_id", layout->user)},
                              {"item", name("parent_asin", layout->item)},
                              {"rating", name("rating", layout->rating)},
                              {"time", name("timestamp", layout->time)}}});
  std::vector<std::string_view> fields;
  Interaction record;
  for (bool first = layout->header; table.next(fields); first = false) {
    if (first) continue;
    if (const char* reason = take(fields, *layout, record)) {
      const std::string_view wrong(reason);
      const std::size_t cell = wrong.starts_with("rating") ? layout->rating : layout->time;
      table.bad(reason, (wrong.starts_with("rating") || wrong.starts_with("time")) ? fields[cell] : fields[0]);
    } else {
      sink.interaction(record);
    }
  }
}

}  // namespace p5
