// The role of each column of a table in an interaction, from the options import.*_column. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/dataset_reader.h"
#include "records/record_sink.h"
#include "records/table_columns.h"

namespace p5 {

enum class Role { kUser, kItem, kRating, kTime, kEvent, kReview, kHeadline };
inline constexpr std::size_t kRoles = 7;

struct RoleNames {
  std::string_view option;         // "import.user_column"
  std::string_view flag;           // "--user-column"
  std::string_view role;           // "user"
  std::vector<std::string> names;  // the best first: the column that the option names, or by default the usual names
  bool required = false;           // users and items, and every column that was named
  bool by_default = false;         // the option has its default value
};

std::array<RoleNames, kRoles> role_names_of(const ReaderOptions& options);
// The key of an item or user table: its own option, else the column of the log, else "id".
RoleNames item_key_names_of(const ReaderOptions& options);
RoleNames user_key_names_of(const ReaderOptions& options);
TableNames table_names_of(const ReaderOptions& options);

// The first of the role's names that is a column: as it is written, or else whatever its case and signs ("UserId" for
// user_id), or by number from 1. Only numbers where columns have no names.
std::optional<std::size_t> find_column(const RoleNames& role, const std::vector<Column>& columns, bool named_columns);

}  // namespace p5
