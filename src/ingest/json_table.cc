#include "ingest/json_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

#include "base/logger.h"
#include "ingest/column_roles.h"
#include "ingest/reader_choices.h"
#include "records/json_record.h"
#include "records/table_columns.h"

namespace p5 {
namespace {

using simdjson::dom::element;

// The value for each role in one line. A role may go by several names; the first of them wins.
class RoleFinder {
 public:
  explicit RoleFinder(const ReaderOptions& options) : roles_(role_names_of(options)) {
    for (std::size_t role = 0; role < kRoles; ++role) {
      for (std::size_t rank = 0; rank < roles_[role].names.size(); ++rank) {
        places_.emplace(roles_[role].names[rank], Place{role, rank});
      }
    }
  }

  // `others`, if given, gets the fields without a role.
  void find(const simdjson::dom::object& object, std::vector<Attribute>* others = nullptr) {
    values_ = {};
    ranks_.fill(static_cast<std::size_t>(-1));
    for (const auto field : object) {
      if (field.value.is_null()) continue;
      const auto found = places_.find(field.key);
      if (found == places_.end()) {
        if (others != nullptr) add_attributes(field.key, field.value, Markup::kPlain, *others);
        continue;
      }
      const auto [role, rank] = found->second;
      seen_[role] = true;
      if (rank > ranks_[role]) continue;
      ranks_[role] = rank;
      values_[role] = field.value;
    }
  }

  const std::optional<element>& operator[](Role role) const { return values_[static_cast<std::size_t>(role)]; }

  void warn_of_missing(const std::string& file) const {
    for (std::size_t role = 0; role < kRoles; ++role) {
      if (seen_[role] || !roles_[role].required) continue;
      log_warning(fmt::format("{}: no line has the field '{}' ({})", file, roles_[role].names[0], roles_[role].option));
    }
  }

 private:
  struct Place {
    std::size_t role, rank;
  };
  std::array<RoleNames, kRoles> roles_;
  std::unordered_map<std::string_view, Place> places_;  // views into roles_
  std::array<std::optional<element>, kRoles> values_;
  std::array<std::size_t, kRoles> ranks_{};
  std::array<bool, kRoles> seen_{};
};

bool set_key(const std::optional<element>& value, std::string& key) {
  std::string scratch;
  const auto text = value ? text_of(*value, scratch) : std::nullopt;
  if (!text || text->empty()) return false;
  key = *text;
  return true;
}

bool set_text(const std::optional<element>& value, std::string& text) {
  text.clear();
  std::string scratch;
  if (!value) return true;
  const auto held = text_of(*value, scratch);
  if (held) text = *held;
  return held.has_value();
}

const char* take(const RoleFinder& fields, TimeUnit unit, Interaction& record) {
  if (!set_key(fields[Role::kUser], record.user)) return "user: expected a text or a whole number";
  if (!set_key(fields[Role::kItem], record.item)) return "item: expected a text or a whole number";
  record.rating = kNoRating;
  if (const auto& value = fields[Role::kRating]) {
    const auto rating = number_of(*value);
    if (!rating || std::abs(*rating) > std::numeric_limits<float>::max()) return "rating: expected a number";
    record.rating = static_cast<float>(*rating);
  }
  record.time_ms = kNoTime;
  if (const auto& value = fields[Role::kTime]) {
    const auto time = time_of(*value, unit);
    if (!time) return "time: expected seconds, milliseconds or ISO 8601 (see import.time_unit)";
    record.time_ms = *time;
  }
  if (!set_text(fields[Role::kEvent], record.event)) return "event: expected a text";
  if (!set_text(fields[Role::kReview], record.review)) return "review: expected a text";
  if (!set_text(fields[Role::kHeadline], record.headline)) return "headline: expected a text";
  return nullptr;
}

std::string joined(const element& value) {
  std::vector<std::string> parts;
  collect_texts(value, Markup::kPlain, parts);
  return fmt::format("{}", fmt::join(parts, " "));
}

void take_item_field(std::string_view name, const element& value, ItemRecord& item) {
  if (value.is_null()) return;
  switch (item_field_of(name)) {
    case ItemField::kTitle:
      item.title = joined(value);
      break;
    case ItemField::kBrand:
      item.brand = joined(value);
      break;
    case ItemField::kDescription:
      item.description = joined(value);
      break;
    case ItemField::kPrice: {
      const auto price = value.is_string() ? parse_price(std::string_view(value)) : number_of(value);
      if (price) item.price = *price;
      break;
    }
    case ItemField::kCategories:
      collect_texts(value, Markup::kPlain, item.categories);
      break;
    case ItemField::kAttribute:
      add_attributes(name, value, Markup::kPlain, item.attributes);
      break;
  }
}

// Calls take_line(record) for every line that is a JSON object; it returns what is wrong, or nullptr.
template <typename TakeLine>
void for_each_object(LineSource& lines, TakeLine take_line) {
  JsonRecord record;
  std::string_view line;
  while (lines.next(line)) {
    if (trimmed(line).empty()) continue;
    const char* reason = record.parse(line);
    if (reason == nullptr) reason = take_line(record.object());
    if (reason != nullptr) lines.bad(reason, line);
  }
}

}  // namespace

void read_json_interactions(LineSource& lines, const ReaderOptions& options, RecordSink& sink) {
  RoleFinder fields(options);
  const TimeUnit unit = time_unit_of(options);
  Interaction record;
  for_each_object(lines, [&](const simdjson::dom::object& object) -> const char* {
    record.attributes.clear();
    fields.find(object, &record.attributes);
    if (const char* reason = take(fields, unit, record)) return reason;
    sink.interaction(record);
    return nullptr;
  });
  fields.warn_of_missing(lines.file());
}

void read_json_items(LineSource& lines, const ReaderOptions& options, RecordSink& sink) {
  RoleFinder fields(options);
  const auto key_names = role_names_of(options)[static_cast<std::size_t>(Role::kItem)].names;
  for_each_object(lines, [&](const simdjson::dom::object& object) -> const char* {
    fields.find(object);
    ItemRecord item;
    if (!set_key(fields[Role::kItem], item.key)) return "item: expected a text or a whole number";
    for (const auto field : object) {
      const bool is_key = std::find(key_names.begin(), key_names.end(), field.key) != key_names.end();
      if (!is_key) take_item_field(field.key, field.value, item);
    }
    sink.item(item);
    return nullptr;
  });
}

}  // namespace p5
