#include "ingest/json_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/logger.h"
#include "ingest/json_roles.h"
#include "ingest/reader_choices.h"
#include "p5/error.h"
#include "records/json_elements.h"
#include "records/json_record.h"
#include "records/table_columns.h"

namespace p5 {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kSampledObjects = 500;  // objects that tell how times are written

std::string shown(const std::optional<element>& value) {
  return value ? std::string(simdjson::minify(*value)) : std::string();
}

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

// What is wrong with an object, and the value that is. An empty reason: nothing.
struct Wrong {
  std::string reason, got;
};

// Calls take(object) for every object, which answers what is wrong with it.
template <typename Take>
void for_each_object(LineSource& lines, Take take) {
  JsonRecord record;
  const bool document = is_json_document(lines.head());
  JsonElements elements(lines);
  std::string_view text;
  while (document ? elements.next(text) : lines.next(text)) {
    if (trimmed(text).empty()) continue;
    const std::uint64_t line = document ? elements.line_number() : lines.line_number();
    if (const char* reason = record.parse(text)) {
      lines.bad_at(line, reason, text);
    } else if (const Wrong wrong = take(record.object()); !wrong.reason.empty()) {
      lines.bad_at(line, wrong.reason, wrong.got);
    }
  }
}

// The events of one object.
class EventTaker {
 public:
  EventTaker(const ReaderOptions& options, TimeFormat format, RecordSink& sink)
      : roles_(role_names_of(options)), outer_(roles_), format_(std::move(format)), sink_(sink) {}

  Wrong take(const object& of) {
    attributes_.clear();
    outer_.find(of, &attributes_);
    const auto& item = outer_[Role::kItem];
    if (item && item->is_array()) return take_list(array(*item));
    if (!item) {
      if (const auto rows = rows_of(of)) return take_rows(*rows);
    }
    Values values;
    for (std::size_t role = 0; role < kRoles; ++role) values[role] = outer_[static_cast<Role>(role)];
    return give(values, attributes_);
  }

  const JsonRoles& roles() const { return outer_; }
  ColumnUse use() const {
    ColumnUse use = outer_.use();
    if (!inner_) return use;
    for (const auto& [role, key] : inner_->use().roles) use.roles.emplace_back(role, rows_key_ + "." + key);
    for (const auto& key : inner_->use().attributes) use.attributes.push_back(rows_key_ + "." + key);
    return use;
  }
  bool found(Role role) const { return outer_.found(role) || (inner_ && inner_->found(role)); }

 private:
  using Values = std::array<std::optional<element>, kRoles>;

  // A list of objects that hold items: the first of a record is remembered for all others.
  std::optional<array> rows_of(const object& of) {
    if (!rows_key_.empty()) {
      const auto value = value_at(of, rows_key_);
      return value && value->is_array() ? std::optional(array(*value)) : std::nullopt;
    }
    for (const auto field : of) {
      if (!field.value.is_array() || array(field.value).size() == 0) continue;
      object first;
      if (array(field.value).at(0).get(first)) continue;
      JsonRoles inner(roles_, field.key);
      inner.find(first);
      if (!inner[Role::kItem]) continue;
      rows_key_ = field.key;
      inner_.emplace(roles_, field.key);
      std::erase_if(attributes_, [this](const Attribute& each) { return each.name == rows_key_; });
      return array(field.value);
    }
    return std::nullopt;
  }

  // {"user": 1, "items": [3, 5], "times": [...]}: lists of the same length go together.
  Wrong take_list(const array& items) {
    const std::size_t size = items.size();
    std::array<std::vector<element>, kRoles> lists;
    for (std::size_t role = 0; role < kRoles; ++role) {
      const auto& value = outer_[static_cast<Role>(role)];
      if (!value || !value->is_array()) continue;
      for (const element each : array(*value)) lists[role].push_back(each);
    }
    for (std::size_t i = 0; i < size; ++i) {
      Values values;
      for (std::size_t role = 0; role < kRoles; ++role) {
        values[role] = outer_[static_cast<Role>(role)];
        if (!values[role] || !values[role]->is_array()) continue;
        values[role] = lists[role].size() == size ? std::optional(lists[role][i]) : std::nullopt;
      }
      if (Wrong wrong = give(values, attributes_); !wrong.reason.empty()) return wrong;
    }
    return {};
  }

  Wrong take_rows(const array& rows) {
    for (const element row : rows) {
      object inside;
      if (row.get(inside)) return {"item: expected a list of objects", shown(row)};
      std::vector<Attribute> attributes = attributes_;
      inner_->find(inside, &attributes);
      Values values;
      for (std::size_t role = 0; role < kRoles; ++role) {
        const auto& own = (*inner_)[static_cast<Role>(role)];
        values[role] = own ? own : outer_[static_cast<Role>(role)];
      }
      if (Wrong wrong = give(values, attributes); !wrong.reason.empty()) return wrong;
    }
    return {};
  }

  Wrong give(const Values& values, const std::vector<Attribute>& attributes) {
    const auto at = [&values](Role role) -> const std::optional<element>& {
      return values[static_cast<std::size_t>(role)];
    };
    const auto wrong = [&](Role role, const char* expected) {
      return Wrong{std::string(roles_[static_cast<std::size_t>(role)].role).append(": expected ").append(expected),
                   shown(at(role))};
    };
    if (!set_key(at(Role::kUser), record_.user)) return wrong(Role::kUser, "a text or a whole number");
    if (!set_key(at(Role::kItem), record_.item)) return wrong(Role::kItem, "a text or a whole number");
    record_.rating = kNoRating;
    if (const auto& value = at(Role::kRating)) {
      const auto rating = number_of(*value);
      if (!rating || std::abs(*rating) > std::numeric_limits<float>::max()) return wrong(Role::kRating, "a number");
      record_.rating = static_cast<float>(*rating);
    }
    record_.time_ms = kNoTime;
    if (const auto& value = at(Role::kTime)) {
      const auto time = time_of(*value, format_);
      if (!time) return wrong(Role::kTime, format_.expected().c_str());
      record_.time_ms = *time;
    }
    if (!set_text(at(Role::kEvent), record_.event)) return wrong(Role::kEvent, "a text");
    if (!set_text(at(Role::kReview), record_.review)) return wrong(Role::kReview, "a text");
    if (!set_text(at(Role::kHeadline), record_.headline)) return wrong(Role::kHeadline, "a text");
    record_.attributes = attributes;
    sink_.interaction(record_);
    return {};
  }

  std::array<RoleNames, kRoles> roles_;
  JsonRoles outer_;
  std::optional<JsonRoles> inner_;
  std::string rows_key_;
  TimeFormat format_;
  RecordSink& sink_;
  std::vector<Attribute> attributes_;
  Interaction record_;
};

// How the first lines write times in text.
TimeFormat time_format_of(std::string_view head, const ReaderOptions& options) {
  if (!options.time_format.empty()) return TimeFormat::of_pattern(options.time_format);
  if (options.time_unit != "auto" || is_json_document(head)) return TimeFormat(time_unit_of(options));
  JsonRoles roles(role_names_of(options));
  JsonRecord record;
  std::vector<std::string> texts;
  while (!head.empty() && texts.size() < kSampledObjects) {
    const std::size_t stop = head.find('\n');
    if (record.parse_copy(head.substr(0, stop)) == nullptr) {
      roles.find(record.object());
      std::string scratch;
      const auto& time = roles[Role::kTime];
      if (const auto text = time ? text_of(*time, scratch) : std::nullopt) texts.emplace_back(*text);
    }
    head.remove_prefix(stop == std::string_view::npos ? head.size() : stop + 1);
  }
  return TimeFormat::found_in(std::vector<std::string_view>(texts.begin(), texts.end()));
}

std::string joined(const element& value) {
  std::vector<std::string> parts;
  collect_texts(value, Markup::kPlain, parts);
  return fmt::format("{}", fmt::join(parts, " "));
}

void take_item_field(std::string_view name, const element& value, const TableNames& names, ItemRecord& item) {
  if (value.is_null()) return;
  switch (item_field_of(name, names)) {
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
      if (value.is_string()) {
        item.categories = categories_of(std::string_view(value));
      } else {
        collect_texts(value, Markup::kPlain, item.categories);
      }
      break;
    case ItemField::kAttribute:
      add_attributes(name, value, Markup::kPlain, item.attributes);
      break;
  }
}

// The first of the names that the object has.
std::optional<element> key_value(const object& of, const RoleNames& role, std::string_view& key) {
  for (const std::string& name : role.names) {
    if (auto value = value_at(of, name)) {
      key = name;
      return value;
    }
  }
  for (const std::string& name : role.names) {
    for (const auto field : of) {
      if (plain_name(field.key) != plain_name(name)) continue;
      key = field.key;
      return field.value;
    }
  }
  return std::nullopt;
}

}  // namespace

void read_json_interactions(LineSource& lines, const ReaderOptions& options, RecordSink& sink) {
  EventTaker events(options, time_format_of(lines.head(), options), sink);
  for_each_object(lines, [&](const object& of) { return events.take(of); });
  sink.use_columns(events.use());
  for (std::size_t i = 0; i < kRoles; ++i) {
    const auto role = static_cast<Role>(i);
    const RoleNames& names = events.roles().names(role);
    if (events.found(role)) continue;
    if (names.required) {
      log_warning(fmt::format("{}: no record has the field '{}' ({})", lines.file(), names.names[0], names.option));
    } else if (role == Role::kTime) {
      sink.note(
          fmt::format("{}: no time field, so the order of the file is the order of events (--time-column names one)",
                      lines.file()));
    }
  }
}

void read_json_items(LineSource& lines, const ReaderOptions& options, RecordSink& sink) {
  const RoleNames role = item_key_names_of(options);
  const TableNames names = table_names_of(options);
  for_each_object(lines, [&](const object& of) -> Wrong {
    std::string_view key;
    ItemRecord item;
    const auto value = key_value(of, role, key);
    if (!set_key(value, item.key)) {
      return {fmt::format("item: expected a text or a whole number in '{}' ({})", role.names[0], role.flag),
              shown(value)};
    }
    for (const auto field : of) {
      if (field.key != key) take_item_field(field.key, field.value, names, item);
    }
    sink.item(item);
    return {};
  });
}

void read_json_users(LineSource& lines, const ReaderOptions& options, RecordSink& sink) {
  const RoleNames role = user_key_names_of(options);
  const TableNames names = table_names_of(options);
  for_each_object(lines, [&](const object& of) -> Wrong {
    std::string_view key;
    UserRecord user;
    const auto value = key_value(of, role, key);
    if (!set_key(value, user.key)) {
      return {fmt::format("user: expected a text or a whole number in '{}' ({})", role.names[0], role.flag),
              shown(value)};
    }
    for (const auto field : of) {
      if (field.key == key || field.value.is_null()) continue;
      if (is_user_name(field.key, names)) {
        user.name = joined(field.value);
      } else {
        add_attributes(field.key, field.value, Markup::kPlain, user.attributes);
      }
    }
    sink.user(user);
    return {};
  });
}

}  // namespace p5
