#include "records/table_columns.h"

#include <utility>

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
    case ColumnType::kToken:
      attributes.push_back({column.name, std::string(cell)});
      break;
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

std::string take_interaction(const std::vector<std::string_view>& row, const std::vector<Column>& names,
                             const InteractionColumns& columns, Interaction& record) {
  constexpr std::size_t kNone = InteractionColumns::kNoColumn;
  record.user = row[columns.user];
  record.item = row[columns.item];
  if (record.user.empty()) return "user: expected a text";
  if (record.item.empty()) return "item: expected a text";
  record.rating = kNoRating;
  if (columns.rating != kNone && !row[columns.rating].empty()) {
    const auto rating = parse_rating(trimmed(row[columns.rating]));
    if (!rating) return "rating: expected a number";
    record.rating = *rating;
  }
  record.time_ms = kNoTime;
  if (columns.time != kNone && !row[columns.time].empty()) {
    const auto time = parse_time(row[columns.time], columns.unit);
    if (!time) return "time: expected seconds, milliseconds or ISO 8601 (see import.time_unit)";
    record.time_ms = *time;
  }
  set_text(row, columns.event, record.event);
  set_text(row, columns.review, record.review);
  set_text(row, columns.headline, record.headline);
  record.attributes.clear();
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (columns.uses(i) || trimmed(row[i]).empty()) continue;
    if (std::string reason = add_attribute(names[i], row[i], record.attributes); !reason.empty()) return reason;
  }
  return {};
}

ItemField item_field_of(std::string_view name) {
  static constexpr std::pair<std::string_view, ItemField> kNames[] = {{"title", ItemField::kTitle},
                                                                      {"movie_title", ItemField::kTitle},
                                                                      {"item_title", ItemField::kTitle},
                                                                      {"item_name", ItemField::kTitle},
                                                                      {"name", ItemField::kTitle},
                                                                      {"brand", ItemField::kBrand},
                                                                      {"description", ItemField::kDescription},
                                                                      {"price", ItemField::kPrice},
                                                                      {"categories", ItemField::kCategories},
                                                                      {"category", ItemField::kCategories},
                                                                      {"genres", ItemField::kCategories},
                                                                      {"genre", ItemField::kCategories},
                                                                      {"class", ItemField::kCategories}};
  for (const auto& [known, field] : kNames) {
    if (name == known) return field;
  }
  return ItemField::kAttribute;
}

std::string set_item_cell(const Column& column, std::string_view cell, ItemRecord& item) {
  if (trimmed(cell).empty()) return {};
  switch (item_field_of(column.name)) {
    case ItemField::kTitle:
      item.title = cell;
      return {};
    case ItemField::kBrand:
      item.brand = cell;
      return {};
    case ItemField::kDescription:
      item.description = cell;
      return {};
    case ItemField::kPrice: {
      const auto price = parse_price(trimmed(cell));
      if (!price && column.type == ColumnType::kNumber) return expected_number(column);
      if (price) item.price = *price;
      return {};
    }
    case ItemField::kCategories:
      item.categories = split_words(cell, column.type == ColumnType::kTokenList ? ' ' : '|');
      return {};
    case ItemField::kAttribute:
      break;
  }
  return add_attribute(column, cell, item.attributes);
}

std::string set_user_cell(const Column& column, std::string_view cell, UserRecord& user) {
  if (trimmed(cell).empty()) return {};
  if (column.name != "name" && column.name != "user_name") return add_attribute(column, cell, user.attributes);
  user.name = cell;
  return {};
}

}  // namespace p5
