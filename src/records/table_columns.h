// The columns of a table: their names and types, which of them make an interaction, and the fields that cells of item
// and user tables fill. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/interaction.h"
#include "records/field_parsing.h"

namespace p5 {

// The four types of RecBole's atomic files: token, token_seq, float, float_seq.
enum class ColumnType { kToken, kTokenList, kNumber, kNumberList };

struct Column {
  std::string name;
  ColumnType type = ColumnType::kToken;
  bool typed = false;  // whether the header gave the type
};

// "price:float"; a name without a known type after a colon is an untyped token column of that whole name.
Column parse_column(std::string_view text);

// Indices of the columns of an interaction; kNoColumn for those that the table lacks.
struct InteractionColumns {
  static constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);
  std::size_t user = kNoColumn, item = kNoColumn, rating = kNoColumn, time = kNoColumn;
  std::size_t event = kNoColumn, review = kNoColumn, headline = kNoColumn;
  TimeUnit unit = TimeUnit::kAuto;

  bool uses(std::size_t column) const {
    return column == user || column == item || column == rating || column == time || column == event ||
           column == review || column == headline;
  }
};

// Fills `record` from a row that has all the columns. Columns without another role become attributes. Returns what
// is wrong, or an empty text. Empty ratings, times and attributes are absent values.
std::string take_interaction(const std::vector<std::string_view>& row, const std::vector<Column>& names,
                             const InteractionColumns& columns, Interaction& record);

// The fields of ItemRecord, by the column names that data sets use ("movie_title", "genre"...).
enum class ItemField { kTitle, kBrand, kDescription, kPrice, kCategories, kAttribute };
ItemField item_field_of(std::string_view name);

// Puts one cell into the record. Returns what is wrong ("price: expected a number"), or an empty text. Empty cells are
// absent values. Lists are cut at blanks, untyped categories at '|'.
std::string set_item_cell(const Column& column, std::string_view cell, ItemRecord& item);
std::string set_user_cell(const Column& column, std::string_view cell, UserRecord& user);

}  // namespace p5
