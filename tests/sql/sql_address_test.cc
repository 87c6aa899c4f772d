#include "sql/sql_address.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;

std::string complaint_about(const std::string& text) {
  try {
    parse_sql_address(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(SqlAddress, Recognised) {
  EXPECT_TRUE(is_sql_address("sqlite:shop.db"));
  EXPECT_TRUE(is_sql_address("postgresql://db/shop"));
  EXPECT_TRUE(is_sql_address("postgres://db/shop"));
  EXPECT_FALSE(is_sql_address("shop.db"));
  EXPECT_FALSE(is_sql_address("mysql://db/shop"));
}

TEST(SqlAddress, Sqlite) {
  EXPECT_EQ(parse_sql_address("sqlite:shop.db").place, "shop.db");
  EXPECT_EQ(parse_sql_address("sqlite:////data/shop.db").place, "/data/shop.db");
  const SqlAddress address = parse_sql_address("sqlite:///data/my%20shop.db?table=orders");
  EXPECT_EQ(address.place, "/data/my shop.db");
  EXPECT_EQ(address.table, "orders");
  EXPECT_EQ(address.shown, "sqlite:/data/my shop.db");
}

TEST(SqlAddress, ThreeSlashesMayBeRelative) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "shop.db", "");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  EXPECT_EQ(parse_sql_address("sqlite:///shop.db").place, "shop.db");
  EXPECT_EQ(parse_sql_address("sqlite:///other.db").place, "/other.db");
  std::filesystem::current_path(before);
}

TEST(SqlAddress, PostgresKeepsTheParametersOfLibpq) {
  const SqlAddress address =
      parse_sql_address("postgresql://ann:secret@db/shop?sslmode=require&query=SELECT%20a&b FROM c WHERE d LIKE 'x%'");
  EXPECT_EQ(address.place, "postgresql://ann:secret@db/shop?sslmode=require");
  EXPECT_EQ(address.query, "SELECT a&b FROM c WHERE d LIKE 'x%'") << "a query goes on to the end";
  EXPECT_EQ(address.shown, "postgresql://ann:***@db/shop?sslmode=require");
}

TEST(SqlAddress, PasswordsAreNotShown) {
  EXPECT_EQ(without_password("postgresql://db/shop?user=ann&password=secret&sslmode=require"),
            "postgresql://db/shop?user=ann&password=***&sslmode=require");
  EXPECT_EQ(without_password("postgresql://ann@db/shop"), "postgresql://ann@db/shop");
}

TEST(SqlAddress, Mistakes) {
  EXPECT_THAT(complaint_about("mysql://db/shop"), HasSubstr("expected sqlite:FILE or postgresql://"));
  EXPECT_THAT(complaint_about("sqlite:?table=a"), HasSubstr("an address without a file"));
  EXPECT_THAT(complaint_about("sqlite:a.db?mode=rw"), HasSubstr("unknown parameter"));
  EXPECT_THAT(complaint_about("sqlite:a.db?table=a&query=SELECT 1"), HasSubstr("both a table and a query"));
}

}  // namespace
}  // namespace p5
