#include "records/table_columns.h"

#include <algorithm>
#include <utility>

#include "records/json_record.h"

namespace p5 {
namespace {

std::optional<ColumnType> type_of(std::string_view name) {
  if (name == "token") return ColumnType::kToken;
  if (name == "token_seq") return ColumnType::kTokenList;
  if (name == "float") return ColumnType::kNumber;
  if (name == "float_seq") return ColumnType::kNumberList;
  return std::nullopt;
}

std::string expected_number(const Column& column) { return column.name + ": expected a number"; }

std::string add_attribute(const Column& column, std::string_view cell, std::vector<Attribute>& attributes) {
  switch (column.type) {
    case ColumnType::kToken: {
      if (cell.front() != '[') {
        attributes.push_back({column.name, std::string(cell)});
        break;
      }
      std::vector<std::string> texts = texts_of(cell);
      if (texts.size() == 1 && texts[0] == cell) {
        attributes.push_back({column.name, std::move(texts[0])});
      } else if (!texts.empty()) {
        attributes.push_back({column.name, std::move(texts)});
      }
      break;
    }
    case ColumnType::kTokenList:
      attributes.push_back({column.name, split_words(cell, ' ')});
      break;
    case ColumnType::kNumber: {
      const auto number = parse_number(trimmed(cell));
      if (!number) return expected_number(column);
      attributes.push_back({column.name, *number});
      break;
    }
    case ColumnType::kNumberList: {
      std::vector<float> numbers;
      for (const auto& word : split_words(cell, ' ')) {
        const auto number = parse_rating(word);
        if (!number) return column.name + ": expected numbers";
        numbers.push_back(*number);
      }
      attributes.push_back({column.name, std::move(numbers)});
      break;
    }
  }
  return {};
}

std::string where(std::string_view role, const Column& column) {
  std::string text(role);
  if (column.name != role) text.append(" (column ").append(column.name).append(")");
  return text;
}

std::vector<std::string> split_texts(std::string_view cell, std::string_view separator) {
  std::vector<std::string_view> parts;
  split_fields(cell, separator, parts);
  std::vector<std::string> texts;
  for (const std::string_view part : parts) {
    if (const std::string_view text = trimmed(part); !text.empty()) texts.emplace_back(text);
  }
  return texts;
}

void set_text(const std::vector<std::string_view>& row, std::size_t column, std::string& text) {
  text.clear();
  if (column != InteractionColumns::kNoColumn) text = row[column];
}

}  // namespace

Column parse_column(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const auto type = colon == std::string_view::npos ? std::nullopt : type_of(trimmed(text.substr(colon + 1)));
  if (!type) return {.name = std::string(trimmed(text)), .type = ColumnType::kToken, .typed = false};
  return {.name = std::string(trimmed(text.substr(0, colon))), .type = *type, .typed = true};
}

std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    if (c >= 'A' && c <= 'Z') {
      plain.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if (letter >= 0x80 || (c >= 'a' && c <= 'z') || is_digit(c)) {
      plain.push_back(c);
    }
  }
  return plain;
}

BadCell take_interaction(const std::vector<std::string_view>& row, const std::vector<Column>& names,
                         const InteractionColumns& columns, Interaction& record) {
  constexpr std::size_t kNone = InteractionColumns::kNoColumn;
  record.user = trimmed(row[columns.user]);
  record.item = trimmed(row[columns.item]);
  if (record.user.empty()) return {where("user", names[columns.user]) + ": expected a text", {}};
  if (record.item.empty()) return {where("item", names[columns.item]) + ": expected a text", {}};
  record.rating = kNoRating;
  if (columns.rating != kNone && !row[columns.rating].empty()) {
    const auto rating = parse_rating(trimmed(row[columns.rating]));
    if (!rating) return {where("rating", names[columns.rating]) + ": expected a number", row[columns.rating]};
    record.rating = *rating;
  }
  record.time_ms = kNoTime;
  if (columns.time != kNone && !row[columns.time].empty()) {
    const auto time = columns.time_format.parse(row[columns.time]);
    if (!time) {
      return {where("time", names[columns.time]) + ": expected " + columns.time_format.expected(), row[columns.time]};
    }
    record.time_ms = *time;
  }
  set_text(row, columns.event, record.event);
  set_text(row, columns.review, record.review);
  set_text(row, columns.headline, record.headline);
  record.attributes.clear();
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (columns.uses(i) || trimmed(row[i]).empty()) continue;
    if (std::string reason = add_attribute(names[i], row[i], record.attributes); !reason.empty()) {
      return {std::move(reason), row[i]};
    }
  }
  return {};
}

ItemField item_field_of(std::string_view name, const TableNames& names) {
  struct Known {
    ItemField field;
    std::string TableNames::*chosen;
    std::vector<std::string_view> usual;
  };
  static const Known kKnown[] = {
      {ItemField::kTitle,
       &TableNames::title,
       {"title", "movietitle", "itemtitle", "itemname", "name", "productname", "producttitle"}},
      {ItemField::kBrand, &TableNames::brand, {"brand", "brandname", "manufacturer"}},
      {ItemField::kDescription, &TableNames::description, {"description"}},
      {ItemField::kPrice, &TableNames::price, {"price"}},
      {ItemField::kCategories,
       &TableNames::category,
       {"categories", "category", "genres", "genre", "class", "categoryname"}}};
  const std::string plain = plain_name(name);
  for (const Known& known : kKnown) {
    const std::string& chosen = names.*known.chosen;
    if (!chosen.empty() && (chosen == name || plain_name(chosen) == plain)) return known.field;
  }
  for (const Known& known : kKnown) {
    const bool usual = std::find(known.usual.begin(), known.usual.end(), plain) != known.usual.end();
    if (usual && (names.*known.chosen).empty()) return known.field;
  }
  return ItemField::kAttribute;
}

bool is_user_name(std::string_view name, const TableNames& names) {
  if (!names.user_name.empty()) return name == names.user_name || plain_name(name) == plain_name(names.user_name);
  const std::string plain = plain_name(name);
  return plain == "name" || plain == "username";
}

std::vector<std::string> texts_of(std::string_view cell) {
  const std::string_view text = trimmed(cell);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return {std::string(cell)};
  thread_local JsonRecord record;
  // The key in single quotes makes it a Python literal, which lists of JSON are too.
  const bool python = text.find('\'') != std::string_view::npos;
  const std::string wrapped = std::string(python ? "{'x':" : "{\"x\":").append(text).append("}");
  if (record.parse_copy(wrapped) != nullptr) return {std::string(cell)};
  std::vector<std::string> texts;
  for (const auto field : record.object()) collect_texts(field.value, Markup::kPlain, texts);
  return texts;
}

std::vector<std::string> categories_of(std::string_view cell) {
  if (trimmed(cell).starts_with('[')) return texts_of(cell);
  for (const std::string_view separator : {"|", " > ", ", ", ";"}) {
    if (cell.find(separator) != std::string_view::npos) return split_texts(cell, separator);
  }
  return {std::string(trimmed(cell))};
}

std::string set_item_cell(const Column& column, ItemField field, std::string_view cell, ItemRecord& item) {
  if (trimmed(cell).empty()) return {};
  switch (field) {
    case ItemField::kTitle:
      item.title = cell;
      return {};
    case ItemField::kBrand:
      item.brand = cell;
      return {};
    case ItemField::kDescription:
      item.description = cell;
      return {};
    case ItemField::kPrice:
      // A cell without a price ("-") is an item without one.
      if (const auto price = parse_price(trimmed(cell))) item.price = *price;
      return {};
    case ItemField::kCategories: {
      std::vector<std::string> more =
          column.type == ColumnType::kTokenList ? split_words(cell, ' ') : categories_of(cell);
      item.categories.insert(item.categories.end(), more.begin(), more.end());
      return {};
    }
    case ItemField::kAttribute:
      break;
  }
  return add_attribute(column, cell, item.attributes);
}

std::string set_user_cell(const Column& column, bool is_name, std::string_view cell, UserRecord& user) {
  if (trimmed(cell).empty()) return {};
  if (!is_name) return add_attribute(column, cell, user.attributes);
  user.name = cell;
  return {};
}

}  // namespace p5
