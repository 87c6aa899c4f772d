#include "ingest/steam_reader.h"

#include <algorithm>
#include <utility>

#include "ingest/field_lines.h"
#include "p5/error.h"
#include "records/input_files.h"
#include "records/json_record.h"
#include "records/line_source.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using SteamElement = simdjson::dom::element;
using SteamObject = simdjson::dom::object;

enum class SteamKind { kReviews, kGames, kReviewsOfUser, kGamesOfUser, kOther };

// Keys stand in either kind of quotes.
bool names_keys(std::string_view line, std::initializer_list<std::string_view> keys) {
  return std::all_of(keys.begin(), keys.end(), [&](std::string_view key) {
    const std::string name(key);
    return line.find("'" + name + "'") != line.npos || line.find('"' + name + '"') != line.npos;
  });
}

SteamKind steam_kind_of(const fs::path& path) {
  const auto lines = first_lines(path, 1);
  if (lines.empty() || !trimmed(lines[0]).starts_with('{')) return SteamKind::kOther;
  if (names_keys(lines[0], {"user_url", "items_count"})) return SteamKind::kGamesOfUser;
  if (names_keys(lines[0], {"user_url", "reviews"})) return SteamKind::kReviewsOfUser;
  if (names_keys(lines[0], {"username", "product_id"})) return SteamKind::kReviews;
  if (names_keys(lines[0], {"id", "reviews_url"})) return SteamKind::kGames;
  return SteamKind::kOther;
}

bool may_be_steam(const fs::path& path) { return has_extension(path, {".json", ".jsonl"}); }
bool is_steam(const fs::path& path) { return may_be_steam(path) && steam_kind_of(path) != SteamKind::kOther; }

class SteamFile {
 public:
  SteamFile(const fs::path& path, SteamKind kind, RecordSink& sink) : lines_(path, sink), kind_(kind), sink_(sink) {}

  void read() {
    report_columns();
    std::string_view line;
    while (lines_.next(line)) {
      if (trimmed(line).empty()) continue;
      const char* reason = record_.parse(line);
      if (reason == nullptr) reason = take(record_.object());
      if (reason != nullptr) lines_.bad(reason, line);
    }
  }

 private:
  void report_columns() {
    switch (kind_) {
      case SteamKind::kGames:
        return sink_.use_columns(
            {.roles = {{"key", "id"},
                       {"title", "app_name"},
                       {"brand", "developer"},
                       {"category", "genres"},
                       {"price", "price"}},
             .attributes = {"publisher", "tags", "specs", "release_date", "early_access"},
             .ignored = {"sentiment and metascore (they count the events of the test, too)", "urls"}});
      case SteamKind::kReviewsOfUser:
        return sink_.use_columns(
            {.roles = {{"user", "user_id"}, {"item", "item_id"}, {"time", "posted"}, {"review", "review"}},
             .attributes = {"recommend"}});
      case SteamKind::kGamesOfUser:
        return sink_.use_columns({.roles = {{"user", "user_id"}, {"item", "item_id"}, {"title", "item_name"}},
                                  .attributes = {"playtime_forever", "playtime_2weeks"}});
      default:
        return sink_.use_columns(
            {.roles = {{"user", "username"}, {"item", "product_id"}, {"time", "date"}, {"review", "text"}},
             .attributes = {"hours", "products", "early_access", "recommended", "compensation", "found_funny"}});
    }
  }

  const char* take(const SteamObject& object) {
    switch (kind_) {
      case SteamKind::kGames:
        return take_game(object);
      case SteamKind::kReviewsOfUser:
        return take_each(object, "reviews");
      case SteamKind::kGamesOfUser:
        return take_each(object, "items");
      default:
        return take_review(object);
    }
  }

  bool text_at(const SteamObject& object, std::string_view key, std::string& text) {
    const auto value = value_at(object, key);
    const auto found = value ? text_of(*value, scratch_) : std::nullopt;
    text = found ? std::string(*found) : std::string();
    return !text.empty();
  }

  static void keep(const SteamObject& object, std::initializer_list<const char*> keys,
                   std::vector<Attribute>& attributes) {
    for (const char* key : keys) {
      if (const auto value = value_at(object, key)) add_attributes(key, *value, Markup::kPlain, attributes);
    }
  }

  const char* take_review(const SteamObject& object) {
    Interaction review{.event = "review"};
    if (!text_at(object, "username", review.user)) return "user: expected username";
    if (!text_at(object, "product_id", review.item)) return "item: expected product_id";
    const auto date = value_at(object, "date");
    const auto time = date ? time_of(*date, TimeFormat(TimeUnit::kIso)) : std::nullopt;
    if (!time) return "time: expected a date such as 2017-12-17";
    review.time_ms = *time;
    text_at(object, "text", review.review);
    keep(object, {"hours", "products", "early_access", "recommended", "compensation", "found_funny"},
         review.attributes);
    sink_.interaction(review);
    return nullptr;
  }

  const char* take_game(const SteamObject& object) {
    ItemRecord game;
    if (!text_at(object, "id", game.key)) return "item: expected id";
    if (!text_at(object, "app_name", game.title)) text_at(object, "title", game.title);
    text_at(object, "developer", game.brand);
    if (const auto genres = value_at(object, "genres")) collect_texts(*genres, Markup::kHtml, game.categories);
    if (const auto price = value_at(object, "price")) {  // a number, or "Free To Play"
      const auto amount = number_of(*price);
      if (amount && *amount >= 0) game.price = *amount;
      if (!amount && price->is_string() && std::string_view(*price).starts_with("Free")) game.price = 0;
    }
    keep(object, {"publisher", "tags", "specs", "release_date", "early_access"}, game.attributes);
    sink_.item(game);
    return nullptr;
  }

  // A line of the Australian files holds all that one user has. What is wrong with one entry is a bad line of its own.
  const char* take_each(const SteamObject& object, std::string_view list) {
    std::string user;
    if (!text_at(object, "user_id", user)) return "user: expected user_id";
    const auto entries = value_at(object, list);
    if (!entries || !entries->is_array()) return "events: expected a list";
    for (const SteamElement entry : simdjson::dom::array(*entries)) {
      const char* reason = "events: expected objects";
      if (entry.is_object()) {
        const SteamObject fields(entry);
        reason = kind_ == SteamKind::kGamesOfUser ? take_owned(user, fields) : take_posted(user, fields);
      }
      if (reason != nullptr) lines_.bad(reason, simdjson::to_string(entry));
    }
    return nullptr;
  }

  const char* take_posted(const std::string& user, const SteamObject& object) {
    Interaction review{.user = user, .event = "review"};
    std::string posted;
    if (!text_at(object, "item_id", review.item)) return "item: expected item_id";
    text_at(object, "posted", posted);
    const auto time = parse_posted_day(posted);
    if (!time) return "time: expected a day with its year";
    review.time_ms = *time;
    text_at(object, "review", review.review);
    keep(object, {"recommend"}, review.attributes);
    sink_.interaction(review);
    return nullptr;
  }

  const char* take_owned(const std::string& user, const SteamObject& object) {
    Interaction owned{.user = user};
    if (!text_at(object, "item_id", owned.item)) return "item: expected item_id";
    const auto played = value_at(object, "playtime_forever");
    const auto minutes = played ? number_of(*played) : std::nullopt;
    if (!minutes || *minutes < 0) return "playtime_forever: expected minutes";
    owned.event = *minutes > 0 ? "play" : "own";
    keep(object, {"playtime_forever", "playtime_2weeks"}, owned.attributes);
    ItemRecord game{.key = owned.item};
    if (titles_given_.is_new(game.key) && text_at(object, "item_name", game.title)) sink_.item(game);
    sink_.interaction(owned);
    return nullptr;
  }

  LineSource lines_;
  SteamKind kind_;
  RecordSink& sink_;
  JsonRecord record_;
  RecentKeys titles_given_;
  std::string scratch_;
};

}  // namespace

std::optional<std::int64_t> parse_posted_day(std::string_view text) {
  static constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                                 "July",    "August",   "September", "October", "November", "December"};
  constexpr std::string_view kBegin = "Posted ";
  if (!text.starts_with(kBegin)) return std::nullopt;
  text.remove_prefix(kBegin.size());
  if (text.ends_with('.')) text.remove_suffix(1);
  const auto month = std::find_if(std::begin(kMonths), std::end(kMonths),
                                  [&](std::string_view name) { return text.starts_with(name); });
  if (month == std::end(kMonths)) return std::nullopt;
  text.remove_prefix(month->size());
  const auto comma = text.find(", ");
  if (comma == text.npos) return std::nullopt;
  const auto day = parse_integer(trimmed(text.substr(0, comma))), year = parse_integer(text.substr(comma + 2));
  if (!day || !year || *day < 1 || *day > 31 || *year < 1 || *year > 9999) return std::nullopt;
  return midnight_of(static_cast<int>(*year), static_cast<int>(month - std::begin(kMonths)) + 1,
                     static_cast<int>(*day));
}

bool SteamReader::recognizes(const std::vector<fs::path>& inputs) const {
  const auto files = matching_files(inputs, may_be_steam);
  return std::any_of(files.begin(), files.end(), [](const fs::path& path) {
    const SteamKind kind = steam_kind_of(path);
    return kind != SteamKind::kOther && kind != SteamKind::kGames;
  });
}

void SteamReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  for (const auto& path : expand_inputs(inputs, is_steam, "files of Steam's reviews, games or users (Python dicts)")) {
    const SteamKind kind = steam_kind_of(path);
    if (kind == SteamKind::kOther) {
      throw data_error("this is no file of Steam that p5 reads",
                       {.where = path.string(),
                        .expected = "steam_reviews, steam_games, australian_user_reviews or australian_users_items"});
    }
    SteamFile(path, kind, sink).read();
  }
}

}  // namespace p5
