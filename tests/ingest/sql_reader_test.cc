#include "ingest/sql_reader.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "reader_test.h"

namespace p5 {
namespace {

using test::attribute_text;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SqlReaderTest : public test::ReaderTest {
 protected:
  SqlReaderTest() {
    sqlite3* database = nullptr;
    sqlite3_open((folder_ / "shop.db").c_str(), &database);
    sqlite3_exec(database,
                 "CREATE TABLE orders(customer_id TEXT, sku INTEGER, rating REAL, created_at TEXT, shop TEXT);"
                 "INSERT INTO orders VALUES('ann', 1, 4.5, '2019-03-05 18:20:01', 'north');"
                 "INSERT INTO orders VALUES('bob', 2, NULL, '2019-03-06', NULL);"
                 "INSERT INTO orders VALUES('cid', NULL, 3, '2019-03-07', NULL);"
                 "INSERT INTO orders VALUES(CAST(x'ff' AS TEXT), 2, 3, '2019-03-07', NULL);"
                 "CREATE TABLE products(sku INTEGER, title TEXT, price REAL);"
                 "INSERT INTO products VALUES(1, 'Drum', 9.5);",
                 nullptr, nullptr, nullptr);
    sqlite3_close(database);
  }
  std::string address(const std::string& parameter) const {
    return "sqlite:" + (folder_ / "shop.db").string() + "?" + parameter;
  }
};

TEST_F(SqlReaderTest, ColumnsAreFoundByUsualNames) {
  const auto sink = test::read_all({address("table=orders")});
  ASSERT_THAT(sink.interactions, SizeIs(2));
  EXPECT_EQ(sink.interactions[0].user, "ann");
  EXPECT_EQ(sink.interactions[0].item, "1");
  EXPECT_EQ(sink.interactions[0].rating, 4.5f);
  EXPECT_EQ(sink.interactions[0].time_ms, 1551810001000);
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "shop"), "north");
  EXPECT_TRUE(std::isnan(sink.interactions[1].rating)) << "NULL";
  ASSERT_THAT(sink.bad, SizeIs(2));
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("sku"));
  EXPECT_EQ(sink.bad[0].line, 4u) << "rows count from 1, the names first";
  EXPECT_THAT(sink.bad[1].reason, HasSubstr("UTF-8"));
}

TEST_F(SqlReaderTest, ItemTablesOfTheDatabase) {
  const auto sink = test::read_all({address("table=orders")}, {.item_files = {address("table=products")}});
  ASSERT_NE(sink.find_item("1"), nullptr);
  EXPECT_EQ(sink.find_item("1")->title, "Drum");
  EXPECT_DOUBLE_EQ(sink.find_item("1")->price, 9.5);
}

TEST_F(SqlReaderTest, ItemTablesInFiles) {
  const auto items = file("items.csv", "sku,title\n2,Flute\n");
  const auto sink = test::read_all({address("table=orders")}, {.item_files = {items.string()}});
  ASSERT_NE(sink.find_item("2"), nullptr);
  EXPECT_EQ(sink.find_item("2")->title, "Flute");
}

TEST_F(SqlReaderTest, AQueryByOption) {
  ReaderOptions options{.user_column = "who"};
  options.query = "SELECT customer_id AS who, sku FROM orders WHERE sku IS NOT NULL ORDER BY sku LIMIT 1";
  const auto sink = test::read_all({"sqlite:" + (folder_ / "shop.db").string()}, options);
  ASSERT_THAT(sink.interactions, SizeIs(1));
  EXPECT_EQ(sink.interactions[0].user, "ann");
  EXPECT_THAT(sink.bad, IsEmpty());
}

TEST_F(SqlReaderTest, Mistakes) {
  const auto complaint = [&](const std::vector<std::filesystem::path>& inputs, const ReaderOptions& options = {}) {
    return test::error_of([&] { test::read_all(inputs, options); });
  };
  EXPECT_THAT(complaint({address("table=orders"), file("more.csv", "user,item\n1,2\n")}), HasSubstr("cannot be mixed"));
  EXPECT_THAT(complaint({address("query=SELECT shop FROM orders")}), HasSubstr("expected a column 'user'"));
  ReaderOptions query;
  query.query = "SELECT 1";
  EXPECT_THAT(complaint({file("more.csv", "user,item\n1,2\n")}, query), HasSubstr("a query without a database"));
}

}  // namespace
}  // namespace p5
