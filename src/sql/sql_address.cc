#include "sql/sql_address.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

// %20 becomes a blank; a % without two hexadecimal digits stays.
std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
      plain += static_cast<char>(value);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

void take_parameter(std::string_view parameter, SqlAddress& address, std::string& others) {
  constexpr std::string_view kTable = "table=", kQuery = "query=";
  if (parameter.starts_with(kTable)) {
    address.table = decoded(parameter.substr(kTable.size()));
  } else if (parameter.starts_with(kQuery)) {
    address.query = decoded(parameter.substr(kQuery.size()));
  } else if (!parameter.empty()) {
    others += (others.empty() ? "?" : "&") + std::string(parameter);
  }
}

// Returns the parameters that are not p5's, with their question mark.
std::string take_parameters(std::string_view text, SqlAddress& address) {
  std::string others;
  while (!text.empty()) {
    // Queries may hold any sign, so they go on to the end.
    const auto end = text.starts_with("query=") ? text.size() : std::min(text.find('&'), text.size());
    take_parameter(text.substr(0, end), address, others);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return others;
}

// sqlite:///shop.db: libraries differ in whether that is /shop.db or shop.db.
std::string file_of(std::string place) {
  if (!place.starts_with("//")) return place;
  place.erase(0, 2);
  if (place.starts_with("//")) return place.substr(1);
  std::error_code ignored;
  const bool relative_only = place.starts_with('/') && !std::filesystem::exists(place, ignored) &&
                             std::filesystem::exists(place.substr(1), ignored);
  return relative_only ? place.substr(1) : place;
}

}  // namespace

bool is_sql_address(std::string_view text) {
  return text.starts_with(kSqlite) || text.starts_with("postgresql://") || text.starts_with("postgres://");
}

SqlAddress parse_sql_address(const std::string& text) {
  if (!is_sql_address(text)) {
    throw usage_error("not the address of a database",
                      {.expected = "sqlite:FILE or postgresql://USER:PASSWORD@HOST/DATABASE", .got = "'" + text + "'"});
  }
  SqlAddress address;
  const auto mark = text.find('?');
  const std::string others =
      mark == std::string::npos ? std::string() : take_parameters(std::string_view(text).substr(mark + 1), address);
  const std::string place = text.substr(0, mark);
  if (!address.table.empty() && !address.query.empty()) {
    throw usage_error("both a table and a query", {.where = without_password(place), .expected = "one of them"});
  }
  if (place.starts_with(kSqlite)) {
    address.place = file_of(decoded(place.substr(kSqlite.size())));
    address.shown = "sqlite:" + address.place;
    if (address.place.empty()) throw usage_error("an address without a file", {.expected = "sqlite:FILE", .got = text});
    if (!others.empty()) {
      throw usage_error("unknown parameter", {.where = address.shown, .expected = "table or query", .got = others});
    }
  } else {
    address.kind = SqlAddress::Kind::kPostgres;
    address.place = place + others;
    address.shown = without_password(address.place);
  }
  return address;
}

std::string without_password(std::string url) {
  const auto begin = url.find("://");
  const auto at = url.find('@');
  if (begin != std::string::npos && at != std::string::npos) {
    const auto colon = url.find(':', begin + 3);
    if (colon != std::string::npos && colon < at) url.replace(colon + 1, at - colon - 1, "***");
  }
  const auto query = url.find("password=");
  if (query != std::string::npos) {
    const auto end = url.find('&', query);
    url.replace(query + 9, (end == std::string::npos ? url.size() : end) - query - 9, "***");
  }
  return url;
}

}  // namespace p5
