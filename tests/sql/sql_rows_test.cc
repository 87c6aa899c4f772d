#include "sql/sql_rows.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "base/file.h"
#include "p5/error.h"
#include "sql/postgres_connection.h"
#include "sql/postgres_server.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

constexpr const char* kOrders =
    "CREATE TABLE orders(customer TEXT, sku INTEGER, price NUMERIC);"
    "INSERT INTO orders VALUES('ann', 1, 2.5);"
    "INSERT INTO orders VALUES('bob', 2, NULL);";

// The same rows in either database.
class AnySqlRows : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (GetParam() == std::string("sqlite")) {
      address_ = "sqlite:" + (folder_ / "shop.db").string();
      execute_in_sqlite(kOrders);
    } else if (const auto* server = test::PostgresServer::get()) {
      address_ = server->make_database();
      std::string statements = kOrders;
      for (std::size_t end = 0; (end = statements.find(';')) != std::string::npos; statements.erase(0, end + 1)) {
        execute_in_postgres(statements.substr(0, end));
      }
    } else {
      GTEST_SKIP() << "PostgreSQL is not installed";
    }
  }
  void execute_in_sqlite(const char* sql) const {
    sqlite3* database = nullptr;
    sqlite3_open((folder_ / "shop.db").c_str(), &database);
    ASSERT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  void execute_in_postgres(const std::string& sql) const {
    std::string complaint;
    const auto connection = connect_to_postgres(address_, complaint);
    ASSERT_NE(connection, nullptr) << complaint;
    EXPECT_EQ(connection->run(sql, {}).complaint, "");
  }
  void execute(const std::string& sql) const {
    GetParam() == std::string("sqlite") ? execute_in_sqlite(sql.c_str()) : execute_in_postgres(sql);
  }
  // The address with a further parameter.
  std::string with(const std::string& parameter) const {
    return address_ + (address_.find('?') == std::string::npos ? "?" : "&") + parameter;
  }
  static std::vector<SqlRows::Row> all_of(const std::string& address) {
    const auto rows = open_sql_rows(parse_sql_address(address));
    std::vector<SqlRows::Row> all;
    for (SqlRows::Row row; rows->next(row);) all.push_back(row);
    return all;
  }
  static std::string complaint_about(const std::string& address) {
    try {
      all_of(address);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  test::TemporaryFolder folder_;
  std::string address_;
};

INSTANTIATE_TEST_SUITE_P(Databases, AnySqlRows, testing::Values("sqlite", "postgres"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(AnySqlRows, TheOnlyTableIsTaken) {
  EXPECT_THAT(open_sql_rows(parse_sql_address(address_))->columns(), ElementsAre("customer", "sku", "price"));
  const auto rows = all_of(address_);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0],
              ElementsAre(Optional(std::string("ann")), Optional(std::string("1")), Optional(std::string("2.5"))));
  EXPECT_EQ(rows[1][2], std::nullopt) << "NULL";
}

TEST_P(AnySqlRows, TheEndStaysTheEnd) {
  const auto rows = open_sql_rows(parse_sql_address(address_));
  SqlRows::Row row;
  EXPECT_TRUE(rows->next(row) && rows->next(row));
  EXPECT_FALSE(rows->next(row));
  EXPECT_FALSE(rows->next(row));
}

TEST_P(AnySqlRows, AQueryNamesItsColumns) {
  const std::string address = with("query=SELECT sku AS item, customer FROM orders WHERE price > 1");
  EXPECT_THAT(open_sql_rows(parse_sql_address(address))->columns(), ElementsAre("item", "customer"));
  EXPECT_EQ(all_of(address).size(), 1u);
}

TEST_P(AnySqlRows, ManyRowsComeInOrder) {
  execute(
      "INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) "
      "SELECT 'cid', i, 1 FROM n");
  const auto rows = all_of(with("query=SELECT sku FROM orders ORDER BY sku"));
  ASSERT_EQ(rows.size(), 25'000u);
  for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(rows[i][0], std::to_string(i + 1));
}

TEST_P(AnySqlRows, WithSeveralTablesOneHasToBeNamed) {
  execute("CREATE TABLE \"odd \"\"name\"\"\"(a INTEGER)");
  EXPECT_THAT(complaint_about(address_), HasSubstr("say what to read"));
  EXPECT_THAT(complaint_about(address_), HasSubstr("orders"));
  EXPECT_THAT(complaint_about(with("table=order")), HasSubstr("no such table"));
  EXPECT_EQ(all_of(with("table=orders")).size(), 2u);
  EXPECT_EQ(all_of(with("table=odd \"name\"")).size(), 0u);
}

TEST_P(AnySqlRows, NothingIsEverWritten) {
  for (const char* sql : {"DELETE FROM orders", "DROP TABLE orders",
                          "INSERT INTO orders VALUES('x', 1, 1) RETURNING sku", "SELECT 1; DELETE FROM orders"}) {
    EXPECT_NE(complaint_about(with("query=" + std::string(sql))), "") << sql;
  }
  EXPECT_EQ(all_of(with("table=orders")).size(), 2u);
}

TEST_P(AnySqlRows, MistakesAreInTheDatabasesWords) {
  EXPECT_THAT(complaint_about(with("query=SELECT nothing FROM orders")), HasSubstr("nothing"));
  EXPECT_THAT(complaint_about(with("query=SELEC 1")), HasSubstr("syntax error"));
}

TEST(SqliteRows, FilesThatAreMissingOrNoDatabase) {
  const test::TemporaryFolder folder;
  const auto complaint = [](const std::string& address) {
    try {
      open_sql_rows(parse_sql_address(address));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(complaint("sqlite:" + (folder / "no.db").string()), HasSubstr("no such database file"));
  write_file_atomically(folder / "text.db", std::string(5000, 'x'));
  EXPECT_THAT(complaint("sqlite:" + (folder / "text.db").string()), HasSubstr("not a whole database"));
  EXPECT_FALSE(std::filesystem::exists(folder / "no.db")) << "it must not be made";
}

TEST(SqliteRows, NoOtherFileCanBeReached) {
  const test::TemporaryFolder folder;
  sqlite3* database = nullptr;
  sqlite3_open((folder / "a.db").c_str(), &database);
  sqlite3_exec(database, "CREATE TABLE a(b)", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  const std::string attach = "ATTACH '" + (folder / "b.db").string() + "' AS other";
  EXPECT_THROW(open_sql_rows(parse_sql_address("sqlite:" + (folder / "a.db").string() + "?query=" + attach)), Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "b.db"));
}

TEST(PostgresRows, AServerThatIsNotThere) {
  try {
    open_sql_rows(parse_sql_address("postgresql://ann:secret@/shop?host=/no/such/folder"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.subject(), ErrorSubject::kSystem);
    EXPECT_THAT(error.what(), HasSubstr("cannot reach the database"));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace p5
