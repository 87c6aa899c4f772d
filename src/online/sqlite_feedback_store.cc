#include "online/sqlite_feedback_store.h"

#include <sqlite3.h>

#include <string_view>
#include <utility>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr int kVersion = 1;               // PRAGMA user_version
constexpr int kApplication = 0x70356662;  // PRAGMA application_id: "p5fb"

constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS events("
    "number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user TEXT NOT NULL, item TEXT NOT NULL,"
    "type TEXT NOT NULL, value REAL, time_ms INTEGER NOT NULL, request_id TEXT NOT NULL)";

Error failure(sqlite3* database, const std::filesystem::path& file, std::string_view what) {
  return system_error(
      what, {.where = file.string(), .got = database == nullptr ? "out of memory" : sqlite3_errmsg(database)});
}

void execute(sqlite3* database, const std::filesystem::path& file, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw failure(database, file, "cannot use the feedback store");
  }
}

// A change of a key takes the place of the one before, with a new number.
constexpr const char* kChanges =
    "CREATE TABLE IF NOT EXISTS changes("
    "number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, facts TEXT NOT NULL,"
    "UNIQUE(kind,key))";

class Statement {
 public:
  Statement(sqlite3* database, const std::filesystem::path& file, const char* sql) : database_(database), file_(&file) {
    if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK) {
      throw failure(database, file, "cannot use the feedback store");
    }
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int at, std::string_view text) {
    sqlite3_bind_text64(statement_, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind(int at, std::int64_t number) { sqlite3_bind_int64(statement_, at, number); }
  void bind(int at, const std::optional<double>& number) {
    if (number) {
      sqlite3_bind_double(statement_, at, *number);
    } else {
      sqlite3_bind_null(statement_, at);
    }
  }
  // Whether there is a row.
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throw failure(database_, *file_, "cannot use the feedback store");
    return false;
  }
  void reset() { sqlite3_reset(statement_); }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
  }
  std::optional<double> real(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return sqlite3_column_double(statement_, column);
  }

 private:
  sqlite3* database_;
  const std::filesystem::path* file_;
  sqlite3_stmt* statement_ = nullptr;
};

std::int64_t pragma(sqlite3* database, const std::filesystem::path& file, const char* name) {
  Statement statement(database, file, name);
  return statement.step() ? statement.integer(0) : 0;
}

sqlite3* open(const std::filesystem::path& file, int flags) {
  sqlite3* database = nullptr;
  if (sqlite3_open_v2(file.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) {
    const Error error = failure(database, file, "cannot open the feedback store");
    sqlite3_close(database);
    throw error;
  }
  sqlite3_busy_timeout(database, 10000);  // another process commits
  return database;
}

// Makes the tables of a new file; checks those of another.
void prepare(sqlite3* database, const std::filesystem::path& file) {
  const std::int64_t application = pragma(database, file, "PRAGMA application_id");
  const std::int64_t version = pragma(database, file, "PRAGMA user_version");
  const std::int64_t tables = pragma(database, file, "SELECT count(*) FROM sqlite_master");
  if (application != kApplication && (application != 0 || tables > 0)) {
    throw data_error("no feedback store of p5", {.where = file.string(), .expected = "a file that p5 made, or none"});
  }
  if (version > kVersion) {
    throw Error(
        ErrorCode::kUnsupported, ErrorSubject::kData, "a feedback store of a later p5",
        {.where = file.string(), .expected = "version " + std::to_string(kVersion), .got = std::to_string(version)});
  }
  execute(database, file, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
  execute(database, file,
          std::string("BEGIN IMMEDIATE; ") + kTable + ";CREATE INDEX IF NOT EXISTS by_user ON events(user);" +
              kChanges + ";PRAGMA application_id=" + std::to_string(kApplication) +
              ";PRAGMA user_version=" + std::to_string(kVersion) + ";COMMIT;");
}

}  // namespace

SqliteFeedbackStore::SqliteFeedbackStore(const std::filesystem::path& file) : file_(file) {
  writer_ = open(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  try {
    prepare(writer_, file);
    reader_ = open(file, SQLITE_OPEN_READWRITE);
  } catch (...) {
    sqlite3_close(writer_);
    throw;
  }
}

SqliteFeedbackStore::~SqliteFeedbackStore() {
  sqlite3_close(writer_);
  sqlite3_close(reader_);
}

std::vector<FeedbackAppended> SqliteFeedbackStore::append(std::span<const std::span<const FeedbackEvent>> groups) {
  const std::lock_guard lock(writing_);
  std::vector<FeedbackAppended> results(groups.size());
  commit([&] {
    Statement insert(writer_, file_,
                     "INSERT INTO events(id,user,item,type,value,time_ms,request_id) VALUES(?,?,?,?,?,?,?) "
                     "ON CONFLICT(id) DO NOTHING");
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (const FeedbackEvent& event : groups[i]) {
        insert.bind(1, event.id);
        insert.bind(2, event.user);
        insert.bind(3, event.item);
        insert.bind(4, event.type);
        insert.bind(5, event.value);
        insert.bind(6, event.time_ms);
        insert.bind(7, event.request_id);
        insert.step();
        insert.reset();
        (sqlite3_changes(writer_) > 0 ? results[i].accepted : results[i].duplicates) += 1;
      }
    }
  });
  return results;
}

template <typename Work>
void SqliteFeedbackStore::commit(const Work& work) {
  execute(writer_, file_, "BEGIN IMMEDIATE");
  try {
    work();
    execute(writer_, file_, "COMMIT");
  } catch (...) {
    sqlite3_exec(writer_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

void SqliteFeedbackStore::change(std::span<const TableChange> changes) {
  const std::lock_guard lock(writing_);
  commit([&] {
    Statement replace(writer_, file_, "INSERT OR REPLACE INTO changes(kind,key,facts) VALUES(?,?,?)");
    Statement forget(writer_, file_, "DELETE FROM events WHERE user=?");
    for (const TableChange& change : changes) {
      replace.bind(1, to_string(change.table));
      replace.bind(2, change.key);
      replace.bind(3, change.facts);
      replace.step();
      replace.reset();
      if (!change.forget) continue;
      forget.bind(1, change.key);
      forget.step();
      forget.reset();
    }
  });
}

std::uint64_t SqliteFeedbackStore::read_changes(std::uint64_t after,
                                                const std::function<void(const TableChange&)>& take) const {
  const std::lock_guard lock(reading_);
  Statement select(reader_, file_, "SELECT number,kind,key,facts FROM changes WHERE number>? ORDER BY number");
  select.bind(1, static_cast<std::int64_t>(after));
  std::uint64_t last = after;
  while (select.step()) {
    last = static_cast<std::uint64_t>(select.integer(0));
    take({.table = table_named(select.text(1)), .key = select.text(2), .facts = select.text(3)});
  }
  return last;
}

std::uint64_t SqliteFeedbackStore::read(std::uint64_t after,
                                        const std::function<void(const FeedbackEvent&)>& take) const {
  const std::lock_guard lock(reading_);
  Statement select(
      reader_, file_,
      "SELECT number,id,user,item,type,value,time_ms,request_id FROM events WHERE number>? ORDER BY number");
  select.bind(1, static_cast<std::int64_t>(after));
  std::uint64_t last = after;
  while (select.step()) {
    last = static_cast<std::uint64_t>(select.integer(0));
    take({.id = select.text(1),
          .user = select.text(2),
          .item = select.text(3),
          .type = select.text(4),
          .value = select.real(5),
          .time_ms = select.integer(6),
          .request_id = select.text(7)});
  }
  return last;
}

FeedbackStats SqliteFeedbackStore::stats() const {
  const std::lock_guard lock(reading_);
  FeedbackStats stats;
  Statement totals(reader_, file_,
                   "SELECT count(*),count(DISTINCT user),count(DISTINCT item),min(time_ms),max(time_ms) FROM events");
  if (totals.step()) {
    stats.events = static_cast<std::uint64_t>(totals.integer(0));
    stats.users = static_cast<std::uint64_t>(totals.integer(1));
    stats.items = static_cast<std::uint64_t>(totals.integer(2));
    stats.first_ms = totals.integer(3);
    stats.last_ms = totals.integer(4);
  }
  Statement types(reader_, file_, "SELECT type,count(*) FROM events GROUP BY type");
  while (types.step()) stats.by_type[types.text(0)] = static_cast<std::uint64_t>(types.integer(1));
  return stats;
}

}  // namespace p5
