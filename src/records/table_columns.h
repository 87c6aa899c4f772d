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
#include "records/time_format.h"

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

// Names that mean the same: letters and digits alone, in lower case ("User_ID", "userId").
std::string plain_name(std::string_view name);

// Indices of the columns of an interaction; kNoColumn for those that the table lacks.
struct InteractionColumns {
  static constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);
  std::size_t user = kNoColumn, item = kNoColumn, rating = kNoColumn, time = kNoColumn;
  std::size_t event = kNoColumn, review = kNoColumn, headline = kNoColumn;
  std::size_t earlier = kNoColumn;  // a list of items before this one (RecBole's item_id_list)
  TimeFormat time_format = {};

  bool uses(std::size_t column) const {
    return column == user || column == item || column == rating || column == time || column == event ||
           column == review || column == headline || column == earlier;
  }
};

// What is wrong with a row, and the cell it is wrong in. An empty reason: nothing.
struct BadCell {
  std::string reason;
  std::string_view got;

  bool bad() const { return !reason.empty(); }
};

// Fills `record` from a row that has all the columns. Columns without another role become attributes. Empty ratings,
// times and attributes are absent values.
BadCell take_interaction(const std::vector<std::string_view>& row, const std::vector<Column>& names,
                         const InteractionColumns& columns, Interaction& record);

// The names that an item or user table was said to have; empty: the usual ones.
struct TableNames {
  std::string title, brand, description, price, category, user_name;
};

// The fields of ItemRecord, by the column names that data sets use ("movie_title", "genre"...), whatever their case.
enum class ItemField { kTitle, kBrand, kDescription, kPrice, kCategories, kAttribute };
ItemField item_field_of(std::string_view name, const TableNames& names = {});
bool is_user_name(std::string_view name, const TableNames& names = {});

// Texts in one cell: "['a', 'b']" as Python and JSON print lists, else one text.
std::vector<std::string> texts_of(std::string_view cell);
// The same for categories, also separated by "|", " > ", ", " or ";".
std::vector<std::string> categories_of(std::string_view cell);

// Puts one cell into the record. Returns what is wrong ("price: expected a number"), or an empty text. Empty cells are
// absent values. Typed lists are cut at blanks.
std::string set_item_cell(const Column& column, ItemField field, std::string_view cell, ItemRecord& item);
std::string set_user_cell(const Column& column, bool is_name, std::string_view cell, UserRecord& user);

}  // namespace p5
