#include "online/postgres_feedback_store.h"

#include <fmt/format.h>

#include <charconv>
#include <unordered_set>

#include "p5/error.h"
#include "sql/sql_address.h"

namespace p5 {
namespace {

using Value = PostgresConnection::Value;
using Rows = std::vector<std::vector<Value>>;

constexpr const char* kSchema = "1";
constexpr std::size_t kRowsPerRead = 10'000;

// Appends take turns, so that events get their numbers in the order of the commits: whoever has read up to a number has
// missed none below it.
constexpr const char* kTurns = "SELECT pg_advisory_xact_lock(8097891)";

constexpr const char* kInsert =
    "INSERT INTO p5_feedback(id,user_key,item_key,type,value,time_ms,request_id) "
    "SELECT * FROM unnest($1::text[],$2::text[],$3::text[],$4::text[],$5::float8[],$6::int8[],$7::text[]) "
    "ON CONFLICT(id) DO NOTHING RETURNING id";

// A change of a key takes the place of the one before, with a new number.
constexpr const char* kChange =
    "INSERT INTO p5_changes(kind,key,facts) SELECT * FROM unnest($1::text[],$2::text[],$3::text[]) "
    "ON CONFLICT(kind,key) DO UPDATE SET facts=EXCLUDED.facts,"
    "number=nextval(pg_get_serial_sequence('p5_changes','number'))";

// A value of an array in PostgreSQL's notation.
void add_quoted(const std::string& text, std::string& array) {
  array += '"';
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') array += '\\';
    array += letter;
  }
  array += '"';
}

class ArrayText {
 public:
  void add(const std::string& text) {
    separate();
    add_quoted(text, text_);
  }
  void add_bare(const std::string& text) {
    separate();
    text_ += text;
  }
  std::string finish() { return (text_.empty() ? "{" : text_) + "}"; }

 private:
  void separate() { text_ += text_.empty() ? "{" : ","; }
  std::string text_;
};

template <typename Number>
Number number_of(const Value& value) {
  Number number{};
  if (value) std::from_chars(value->data(), value->data() + value->size(), number);
  return number;
}

void refuse_nul(const std::string& text) {
  if (text.find('\0') == std::string::npos) return;
  throw usage_error("feedback with a NUL byte", {.where = "feedback", .expected = "text", .got = "a NUL byte"});
}

}  // namespace

PostgresFeedbackStore::PostgresFeedbackStore(const std::string& url) : url_(url), shown_(without_password(url)) {
  open(writer_);
  open(reader_);
  prepare(writer_);
}

Error PostgresFeedbackStore::failure(const std::string& complaint) const {
  return system_error("cannot use the feedback store", {.where = shown_, .got = complaint});
}

void PostgresFeedbackStore::open(Line& line) const {
  std::string complaint;
  line.connection = connect_to_postgres(url_, complaint);
  if (line.connection == nullptr) {
    throw system_error("cannot open the feedback store", {.where = shown_, .got = complaint});
  }
}

void PostgresFeedbackStore::prepare(Line& line) const {
  run(line, "BEGIN");
  try {
    run(line, kTurns);  // two replicas may start at once
    run(line,
        "CREATE TABLE IF NOT EXISTS p5_feedback(number BIGSERIAL PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
        "user_key TEXT NOT NULL, item_key TEXT NOT NULL, type TEXT NOT NULL, value DOUBLE PRECISION,"
        "time_ms BIGINT NOT NULL, request_id TEXT NOT NULL)");
    run(line, "CREATE INDEX IF NOT EXISTS p5_feedback_by_user ON p5_feedback(user_key)");
    run(line,
        "CREATE TABLE IF NOT EXISTS p5_changes(number BIGSERIAL PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,"
        "facts TEXT NOT NULL, UNIQUE(kind,key))");
    run(line, "CREATE TABLE IF NOT EXISTS p5_feedback_version(version INTEGER NOT NULL)");
    run(line,
        fmt::format("INSERT INTO p5_feedback_version SELECT {} WHERE NOT EXISTS (SELECT 1 FROM p5_feedback_version)",
                    kSchema));
    const Rows version = run(line, "SELECT max(version) FROM p5_feedback_version");
    if (version.at(0).at(0) != Value(kSchema)) {
      throw Error(
          ErrorCode::kUnsupported, ErrorSubject::kData, "a feedback store of another p5",
          {.where = shown_, .expected = fmt::format("version {}", kSchema), .got = version[0][0].value_or("none")});
    }
    run(line, "COMMIT");
  } catch (...) {
    line.connection->run("ROLLBACK", {});
    throw;
  }
}

Rows PostgresFeedbackStore::run(Line& line, const std::string& statement, const std::vector<Value>& values) const {
  PostgresConnection::Result result = line.connection->run(statement, values);
  if (!result.complaint.empty()) throw failure(result.complaint);
  return std::move(result.rows);
}

template <typename Work>
Rows PostgresFeedbackStore::with_connection(Line& line, const Work& work) const {
  try {
    return work();
  } catch (const Error&) {
    if (line.connection->is_open()) {
      line.connection->run("ROLLBACK", {});
      throw;
    }
  }
  line.connection->reset();
  return work();
}

template <typename Work>
Rows PostgresFeedbackStore::commit(const Work& work) {
  const std::lock_guard lock(writer_.mutex);
  return with_connection(writer_, [&] {
    run(writer_, "BEGIN");
    run(writer_, "SET LOCAL synchronous_commit TO on");  // also where the database's default is not
    run(writer_, kTurns);
    Rows rows = work();
    run(writer_, "COMMIT");
    return rows;
  });
}

Rows PostgresFeedbackStore::ask(const std::string& statement, const std::vector<Value>& values) const {
  return with_connection(reader_, [&] { return run(reader_, statement, values); });
}

std::vector<FeedbackAppended> PostgresFeedbackStore::append(std::span<const std::span<const FeedbackEvent>> groups) {
  ArrayText id, user, item, type, value, time, request;
  std::size_t count = 0;
  for (const auto& group : groups) {
    for (const FeedbackEvent& event : group) {
      for (const std::string* text : {&event.id, &event.user, &event.item, &event.type, &event.request_id}) {
        refuse_nul(*text);
      }
      id.add(event.id);
      user.add(event.user);
      item.add(event.item);
      type.add(event.type);
      value.add_bare(event.value ? fmt::format("{}", *event.value) : "NULL");
      time.add_bare(std::to_string(event.time_ms));
      request.add(event.request_id);
      ++count;
    }
  }
  if (count == 0) return std::vector<FeedbackAppended>(groups.size());
  const std::vector<Value> values{id.finish(),    user.finish(), item.finish(),   type.finish(),
                                  value.finish(), time.finish(), request.finish()};

  const Rows inserted = commit([&] { return run(writer_, kInsert, values); });
  std::unordered_set<std::string> fresh;
  for (const auto& row : inserted) fresh.insert(row.at(0).value_or(""));
  std::vector<FeedbackAppended> results;
  for (const auto& group : groups) {
    FeedbackAppended& result = results.emplace_back();
    for (const FeedbackEvent& event : group) (fresh.erase(event.id) > 0 ? result.accepted : result.duplicates) += 1;
  }
  return results;
}

std::uint64_t PostgresFeedbackStore::read(std::uint64_t after,
                                          const std::function<void(const FeedbackEvent&)>& take) const {
  const std::lock_guard lock(reader_.mutex);
  for (;;) {
    const Rows rows =
        ask(fmt::format("SELECT number,id,user_key,item_key,type,value,time_ms,request_id FROM p5_feedback "
                        "WHERE number>$1::int8 ORDER BY number LIMIT {}",
                        kRowsPerRead),
            {std::to_string(after)});
    for (const auto& row : rows) {
      FeedbackEvent event{.id = row[1].value_or(""),
                          .user = row[2].value_or(""),
                          .item = row[3].value_or(""),
                          .type = row[4].value_or(""),
                          .time_ms = number_of<std::int64_t>(row[6]),
                          .request_id = row[7].value_or("")};
      if (row[5]) event.value = number_of<double>(row[5]);
      after = number_of<std::uint64_t>(row[0]);
      take(event);
    }
    if (rows.size() < kRowsPerRead) return after;
  }
}

void PostgresFeedbackStore::change(std::span<const TableChange> changes) {
  ArrayText kind, key, facts, forgotten;
  for (const TableChange& change : changes) {
    for (const std::string* text : {&change.key, &change.facts}) refuse_nul(*text);
    kind.add(to_string(change.table));
    key.add(change.key);
    facts.add(change.facts);
    if (change.forget) forgotten.add(change.key);
  }
  if (changes.empty()) return;
  const std::vector<Value> values{kind.finish(), key.finish(), facts.finish()}, users{forgotten.finish()};
  commit([&] {
    run(writer_, kChange, values);
    return run(writer_, "DELETE FROM p5_feedback WHERE user_key=ANY($1::text[])", users);
  });
}

std::uint64_t PostgresFeedbackStore::read_changes(std::uint64_t after,
                                                  const std::function<void(const TableChange&)>& take) const {
  const std::lock_guard lock(reader_.mutex);
  for (;;) {
    const Rows rows = ask(fmt::format("SELECT number,kind,key,facts FROM p5_changes WHERE number>$1::int8 "
                                      "ORDER BY number LIMIT {}",
                                      kRowsPerRead),
                          {std::to_string(after)});
    for (const auto& row : rows) {
      after = number_of<std::uint64_t>(row[0]);
      take({.table = table_named(row[1].value_or("")), .key = row[2].value_or(""), .facts = row[3].value_or("")});
    }
    if (rows.size() < kRowsPerRead) return after;
  }
}

FeedbackStats PostgresFeedbackStore::stats() const {
  const std::lock_guard lock(reader_.mutex);
  FeedbackStats stats;
  const auto totals = ask("SELECT count(*),count(DISTINCT user_key),count(DISTINCT item_key),min(time_ms),max(time_ms) "
                          "FROM p5_feedback")
                          .at(0);
  stats.events = number_of<std::uint64_t>(totals[0]);
  stats.users = number_of<std::uint64_t>(totals[1]);
  stats.items = number_of<std::uint64_t>(totals[2]);
  stats.first_ms = number_of<std::int64_t>(totals[3]);
  stats.last_ms = number_of<std::int64_t>(totals[4]);
  for (const auto& row : ask("SELECT type,count(*) FROM p5_feedback GROUP BY type")) {
    stats.by_type[row[0].value_or("")] = number_of<std::uint64_t>(row[1]);
  }
  return stats;
}

}  // namespace p5
