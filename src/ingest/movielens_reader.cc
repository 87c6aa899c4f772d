#include "ingest/movielens_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "p5/error.h"
#include "records/delimited_source.h"
#include "records/field_parsing.h"
#include "records/input_files.h"
#include "records/line_source.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using Columns = std::vector<std::string_view>;

constexpr std::array<std::string_view, 19> kGenres = {"unknown",   "Action",   "Adventure",   "Animation", "Children's",
                                                      "Comedy",    "Crime",    "Documentary", "Drama",     "Fantasy",
                                                      "Film-Noir", "Horror",   "Musical",     "Mystery",   "Romance",
                                                      "Sci-Fi",    "Thriller", "War",         "Western"};
constexpr std::array<std::string_view, 21> kOccupations = {"other",
                                                           "academic/educator",
                                                           "artist",
                                                           "clerical/admin",
                                                           "college/grad student",
                                                           "customer service",
                                                           "doctor/health care",
                                                           "executive/managerial",
                                                           "farmer",
                                                           "homemaker",
                                                           "K-12 student",
                                                           "lawyer",
                                                           "programmer",
                                                           "retired",
                                                           "sales/marketing",
                                                           "scientist",
                                                           "self-employed",
                                                           "technician/engineer",
                                                           "tradesman/craftsman",
                                                           "unemployed",
                                                           "writer"};
constexpr std::string_view kNoGenres = "(no genres listed)";

struct Output {
  RecordSink& sink;
  Interaction interaction;
  ItemRecord item;
  UserRecord user;
};

const char* take_rating(const Columns& columns, Output& out) {
  if (columns.size() != 4) return "columns: expected user, item, rating and time";
  if (columns[0].empty()) return "user: expected a text";
  if (columns[1].empty()) return "item: expected a text";
  const auto rating = parse_rating(columns[2]);
  if (!rating) return "rating: expected a number";
  const auto time = parse_time(columns[3], TimeUnit::kSeconds);
  if (!time) return "time: expected seconds since 1970";
  out.interaction.user = columns[0];
  out.interaction.item = columns[1];
  out.interaction.rating = *rating;
  out.interaction.time_ms = *time;
  out.sink.interaction(out.interaction);
  return nullptr;
}

void start_item(std::string_view key, std::string_view title, ItemRecord& item) {
  item = ItemRecord{};
  item.key = key;
  item.title = trimmed(title);
  const std::string_view text = item.title;
  if (text.size() > 6 && text.ends_with(')') && text[text.size() - 6] == '(') {
    const auto year = parse_integer(text.substr(text.size() - 5, 4));
    if (year) item.attributes.push_back({"year", static_cast<double>(*year)});
  }
}

void add_token(std::string_view name, std::string_view value, std::vector<Attribute>& attributes) {
  if (!value.empty()) attributes.push_back({std::string(name), std::string(value)});
}

// id | title | release date | video date | address | 19 flags
const char* take_item_100k(const Columns& columns, Output& out) {
  if (columns.size() != 5 + kGenres.size()) return "columns: expected 24";
  if (columns[0].empty()) return "item: expected a text";
  start_item(columns[0], columns[1], out.item);
  for (std::size_t i = 0; i < kGenres.size(); ++i) {
    if (columns[5 + i] != "0" && columns[5 + i] != "1") return "genre: expected 0 or 1";
    if (columns[5 + i] == "1" && i > 0) out.item.categories.emplace_back(kGenres[i]);
  }
  add_token("release_date", columns[2], out.item.attributes);
  add_token("url", columns[4], out.item.attributes);
  out.sink.item(out.item);
  return nullptr;
}

// id | age | gender | occupation | zip code
const char* take_user_100k(const Columns& columns, Output& out) {
  if (columns.size() != 5) return "columns: expected 5";
  if (columns[0].empty()) return "user: expected a text";
  const auto age = parse_number(columns[1]);
  if (!age) return "age: expected a number";
  out.user = UserRecord{};
  out.user.key = columns[0];
  out.user.attributes.push_back({"age", *age});
  add_token("gender", columns[2], out.user.attributes);
  add_token("occupation", columns[3], out.user.attributes);
  add_token("zip_code", columns[4], out.user.attributes);
  out.sink.user(out.user);
  return nullptr;
}

// id :: title :: genres, and the same in the CSV editions. Titles may contain "::".
const char* take_movie(const Columns& columns, Output& out) {
  if (columns.size() < 3) return "columns: expected id, title and genres";
  if (columns[0].empty()) return "item: expected a text";
  const char* title_end = columns[columns.size() - 2].data() + columns[columns.size() - 2].size();
  start_item(columns[0], std::string_view(columns[1].data(), title_end - columns[1].data()), out.item);
  if (columns.back() != kNoGenres) out.item.categories = split_words(columns.back(), '|');
  out.sink.item(out.item);
  return nullptr;
}

// id :: gender :: age class :: occupation number :: zip code
const char* take_user_1m(const Columns& columns, Output& out) {
  if (columns.size() != 5) return "columns: expected 5";
  if (columns[0].empty()) return "user: expected a text";
  const auto age = parse_number(columns[2]);
  const auto occupation = parse_integer(columns[3]);
  if (!age) return "age: expected a number";
  if (!occupation || *occupation < 0 || *occupation >= static_cast<std::int64_t>(kOccupations.size())) {
    return "occupation: expected a number from 0 to 20";
  }
  out.user = UserRecord{};
  out.user.key = columns[0];
  out.user.attributes.push_back({"age", *age});
  add_token("gender", columns[1], out.user.attributes);
  add_token("occupation", kOccupations[static_cast<std::size_t>(*occupation)], out.user.attributes);
  add_token("zip_code", columns[4], out.user.attributes);
  out.sink.user(out.user);
  return nullptr;
}

const char* take_movie_csv(const Columns& columns, Output& out) {
  return columns.size() == 3 ? take_movie(columns, out) : "columns: expected movieId, title and genres";
}

// What a file of this name holds. "," means a CSV with a header line; any other separator is a plain split.
struct Kind {
  std::string_view name, separator;
  const char* (*take)(const Columns&, Output&);
};

constexpr Kind kKinds[] = {{"u.data", "\t", take_rating},     {"u.item", "|", take_item_100k},
                           {"u.user", "|", take_user_100k},   {"ratings.dat", "::", take_rating},
                           {"movies.dat", "::", take_movie},  {"users.dat", "::", take_user_1m},
                           {"ratings.csv", ",", take_rating}, {"movies.csv", ",", take_movie_csv}};
const Kind* kind_of_name(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) { return kind.name == name; });
  return found == std::end(kKinds) ? nullptr : found;
}

constexpr Kind kSplitPart = {"u?.base or u?.test", "\t", take_rating};

// Files of the CSV editions that say nothing about who rated what.
constexpr std::string_view kPassedOver[] = {"userId,movieId,tag,timestamp", "movieId,imdbId,tmdbId",
                                            "movieId,tagId,relevance", "tagId,tag"};

bool is_split_part(const fs::path& path) {
  const std::string name = data_name(path);
  return name.size() == 7 && name[0] == 'u' && (name.ends_with(".base") || name.ends_with(".test"));
}

// A CSV file of any name is known by its header.
const Kind* kind_of_header(const fs::path& path) {
  if (!has_extension(path, {".csv"})) return nullptr;
  const auto lines = first_lines(path, 1);
  if (lines.empty()) return nullptr;
  if (lines[0] == "userId,movieId,rating,timestamp") return kind_of_name("ratings.csv");
  return lines[0] == "movieId,title,genres" ? kind_of_name("movies.csv") : nullptr;
}

const Kind* kind_of(const fs::path& path) {
  const Kind* by_name = kind_of_name(data_name(path));
  if (by_name != nullptr && by_name->separator != ",") return by_name;
  if (is_split_part(path)) return &kSplitPart;
  return kind_of_header(path);
}

bool is_passed_over(const fs::path& path) {
  if (!has_extension(path, {".csv"})) return false;
  const auto lines = first_lines(path, 1);
  return !lines.empty() && std::find(std::begin(kPassedOver), std::end(kPassedOver), lines[0]) != std::end(kPassedOver);
}

void report_columns(const Kind& kind, RecordSink& sink) {
  if (kind.take == take_rating) {
    sink.use_columns({.roles = {{"user", "userId"}, {"item", "movieId"}, {"rating", "rating"}, {"time", "timestamp"}}});
  } else if (kind.take == take_movie || kind.take == take_movie_csv) {
    sink.use_columns({.roles = {{"key", "movieId"}, {"title", "title"}, {"category", "genres"}}});
  } else if (kind.take == take_item_100k) {
    sink.use_columns({.roles = {{"key", "movie id"}, {"title", "movie title"}, {"category", "19 genres"}},
                      .attributes = {"release_date", "url"}});
  } else {
    sink.use_columns({.roles = {{"key", "user id"}}, .attributes = {"age", "gender", "occupation", "zip_code"}});
  }
}

// The cell that a reason of take_rating() speaks of, or all that there is to show.
std::string_view bad_cell(std::string_view reason, const Columns& columns, std::string_view whole) {
  if (columns.size() != 4) return whole;
  if (reason.starts_with("rating:")) return columns[2];
  return reason.starts_with("time:") ? columns[3] : whole;
}

void read_lines(const fs::path& path, const Kind& kind, TextEncoding encoding, RecordSink& sink) {
  LineSource lines(path, sink);
  report_columns(kind, sink);
  Output out{sink, {}, {}, {}};
  Columns columns;
  std::string scratch;
  std::string_view line;
  while (lines.next(line)) {
    if (line.empty()) continue;
    if (!decode_line(line, encoding, scratch)) {
      lines.bad("text: expected UTF-8 (or import.encoding latin-1)", line);
      continue;
    }
    if (kind.separator.size() == 1) {
      split_fields(line, kind.separator[0], columns);
    } else {
      split_fields(line, kind.separator, columns);
    }
    if (const char* reason = kind.take(columns, out)) lines.bad(reason, bad_cell(reason, columns, line));
  }
}

void read_csv(const fs::path& path, const Kind& kind, TextEncoding encoding, RecordSink& sink) {
  DelimitedSource table(path, {.separator = ',', .quotes = QuoteMode::kRfc4180, .encoding = encoding}, sink);
  report_columns(kind, sink);
  Output out{sink, {}, {}, {}};
  Columns columns;
  if (!table.next(columns)) return;
  if (columns[0] != "userId" && columns[0] != "movieId") {
    throw data_error("this is not a MovieLens table", {.where = path.string() + ":1",
                                                       .expected = "a header that begins with userId or movieId",
                                                       .got = printable(columns[0])});
  }
  while (table.next(columns)) {
    if (const char* reason = kind.take(columns, out)) table.bad(reason, bad_cell(reason, columns, columns[0]));
  }
}

bool looks_like_movielens(const fs::path& path) { return kind_of(path) != nullptr; }

}  // namespace

bool MovieLensReader::recognizes(const std::vector<fs::path>& inputs) const {
  const auto files = matching_files(inputs, looks_like_movielens);
  return !files.empty();
}

void MovieLensReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  // Parts of a split are read where nobody gives the whole: a folder of MovieLens-100K holds both.
  const auto wanted = [](const fs::path& path) { return !is_split_part(path) && kind_of(path) != nullptr; };
  for (const auto& path : expand_inputs(inputs, wanted, "u.data, ratings.dat or ratings.csv")) {
    const Kind* kind = kind_of(path);
    if (kind == nullptr && is_passed_over(path)) {
      sink.note(path.string() + ": passed over, it holds no ratings and no titles");
      continue;
    }
    if (kind == nullptr) {
      throw usage_error(
          "this is no MovieLens file",
          {.where = path.string(),
           .expected = "u.data, u.item, u.user, ratings.dat, movies.dat, users.dat, or a CSV file with the "
                       "header userId,movieId,rating,timestamp or movieId,title,genres (for other "
                       "tables: --format csv)",
           .got = data_name(path)});
    }
    if (kind->separator == ",") {
      read_csv(path, *kind, encoding_, sink);
    } else {
      read_lines(path, *kind, encoding_, sink);
    }
  }
}

}  // namespace p5
