// The role of each column of a table in an interaction, from the options import.*_column. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

enum class Role { kUser, kItem, kRating, kTime, kEvent, kReview, kHeadline };
inline constexpr std::size_t kRoles = 7;

struct RoleNames {
  std::string_view option;         // "import.user_column"
  std::vector<std::string> names;  // the best first: the column that the option names, or by default the usual names
  bool required = false;           // users and items, and every column that was named
  bool by_default = false;         // the option has its default value
};

std::array<RoleNames, kRoles> role_names_of(const ReaderOptions& options);

}  // namespace p5
