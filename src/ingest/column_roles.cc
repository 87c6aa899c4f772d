#include "ingest/column_roles.h"

#include <utility>

namespace p5 {
namespace {

RoleNames make_role(std::string_view option, const std::string& chosen, const std::string& usual,
                    std::vector<std::string> aliases) {
  RoleNames role{.option = option, .names = {}, .required = !chosen.empty() && chosen != usual, .by_default = false};
  role.by_default = chosen == usual;
  if (!chosen.empty()) role.names.push_back(chosen);
  if (!chosen.empty() && role.by_default) role.names.insert(role.names.end(), aliases.begin(), aliases.end());
  return role;
}

}  // namespace

std::array<RoleNames, kRoles> role_names_of(const ReaderOptions& options) {
  static const ReaderOptions kUsual;
  std::array<RoleNames, kRoles> roles = {
      make_role("import.user_column", options.user_column, kUsual.user_column,
                {"user_id", "userId", "userid", "uid", "reviewerID"}),
      make_role("import.item_column", options.item_column, kUsual.item_column,
                {"item_id", "itemId", "itemid", "iid", "parent_asin", "asin", "movieId", "product_id"}),
      make_role("import.rating_column", options.rating_column, kUsual.rating_column, {"score", "stars", "overall"}),
      make_role("import.time_column", options.time_column, kUsual.time_column,
                {"time", "ts", "datetime", "date", "unixReviewTime"}),
      make_role("import.event_column", options.event_column, "", {}),
      make_role("import.review_column", options.review_column, "", {}),
      make_role("import.headline_column", options.headline_column, "", {})};
  roles[static_cast<std::size_t>(Role::kUser)].required = true;
  roles[static_cast<std::size_t>(Role::kItem)].required = true;
  return roles;
}

}  // namespace p5
