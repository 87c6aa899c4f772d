#include "ingest/column_roles.h"

#include <utility>

namespace p5 {
namespace {

struct RoleOption {
  std::string_view option, flag, role;
};

RoleNames make_role(const RoleOption& option, const std::string& chosen, const std::string& usual,
                    std::vector<std::string> aliases) {
  RoleNames role{.option = option.option,
                 .flag = option.flag,
                 .role = option.role,
                 .names = {},
                 .required = !chosen.empty() && chosen != usual,
                 .by_default = chosen == usual};
  if (!chosen.empty()) role.names.push_back(chosen);
  if (!chosen.empty() && role.by_default) role.names.insert(role.names.end(), aliases.begin(), aliases.end());
  return role;
}

RoleNames key_names(const RoleOption& option, const std::string& own, RoleNames of_log) {
  if (!own.empty()) return make_role(option, own, "", {});
  RoleNames role = std::move(of_log);
  role.option = option.option;
  role.flag = option.flag;
  role.names.emplace_back("id");
  role.required = true;
  return role;
}

}  // namespace

std::array<RoleNames, kRoles> role_names_of(const ReaderOptions& options) {
  static const ReaderOptions kUsual;
  std::array<RoleNames, kRoles> roles = {
      make_role({"import.user_column", "--user-column", "user"}, options.user_column, kUsual.user_column,
                {"user_id", "uid", "reviewerID", "customer_id", "customer", "visitor_id", "session_id", "session"}),
      make_role({"import.item_column", "--item-column", "item"}, options.item_column, kUsual.item_column,
                {"item_id", "iid", "parent_asin", "asin", "movie_id", "product_id", "product", "sku"}),
      make_role({"import.rating_column", "--rating-column", "rating"}, options.rating_column, kUsual.rating_column,
                {"score", "stars", "overall"}),
      make_role({"import.time_column", "--time-column", "time"}, options.time_column, kUsual.time_column,
                {"time", "ts", "datetime", "date", "unixReviewTime", "event_time", "created_at"}),
      make_role({"import.event_column", "--event-column", "event type"}, options.event_column, kUsual.event_column,
                {"event_type", "behavior", "behaviour", "behavior_type", "behaviour_type", "feedback_type"}),
      make_role({"import.review_column", "--review-column", "review"}, options.review_column, kUsual.review_column,
                {"review_text"}),
      make_role({"import.headline_column", "--headline-column", "headline"}, options.headline_column,
                kUsual.headline_column, {"summary", "review_title"})};
  roles[static_cast<std::size_t>(Role::kUser)].required = true;
  roles[static_cast<std::size_t>(Role::kItem)].required = true;
  return roles;
}

RoleNames item_key_names_of(const ReaderOptions& options) {
  return key_names({"import.item_key_column", "--item-key-column", "key"}, options.item_key_column,
                   role_names_of(options)[static_cast<std::size_t>(Role::kItem)]);
}

RoleNames user_key_names_of(const ReaderOptions& options) {
  return key_names({"import.user_key_column", "--user-key-column", "key"}, options.user_key_column,
                   role_names_of(options)[static_cast<std::size_t>(Role::kUser)]);
}

TableNames table_names_of(const ReaderOptions& options) {
  return {.title = options.title_column,
          .brand = options.brand_column,
          .description = options.description_column,
          .price = options.price_column,
          .category = options.category_column,
          .user_name = options.name_column};
}

std::optional<std::size_t> find_column(const RoleNames& role, const std::vector<Column>& columns, bool named_columns) {
  for (const auto& name : role.names) {
    for (std::size_t i = 0; i < columns.size() && named_columns; ++i) {
      if (columns[i].name == name) return i;
    }
  }
  for (const auto& name : role.names) {
    const std::string plain = plain_name(name);
    for (std::size_t i = 0; i < columns.size() && named_columns && !plain.empty(); ++i) {
      if (plain_name(columns[i].name) == plain) return i;
    }
    const auto number = parse_integer(name);
    if (number && *number >= 1 && *number <= static_cast<std::int64_t>(columns.size())) {
      return static_cast<std::size_t>(*number - 1);
    }
  }
  return std::nullopt;
}

}  // namespace p5
