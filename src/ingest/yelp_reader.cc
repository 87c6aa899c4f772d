#include "ingest/yelp_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "p5/error.h"
#include "records/input_files.h"
#include "records/json_record.h"
#include "records/line_source.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using YelpObject = simdjson::dom::object;

enum class YelpKind { kReviews, kBusinesses, kUsers, kTips, kOther };

bool has_key(std::string_view line, std::string_view key) {
  const std::string quoted = '"' + std::string(key) + '"';
  return line.find(quoted) != std::string_view::npos;
}

// By the keys of the first line: files have been renamed over the years.
YelpKind yelp_kind_of(const fs::path& path) {
  const auto lines = first_lines(path, 1);
  if (lines.empty() || !trimmed(lines[0]).starts_with('{')) return YelpKind::kOther;
  const std::string& line = lines[0];
  const bool business = has_key(line, "business_id"), user = has_key(line, "user_id");
  if (business && user && has_key(line, "review_id")) return YelpKind::kReviews;
  if (business && user && has_key(line, "text")) return YelpKind::kTips;
  if (business && !user && has_key(line, "name") && has_key(line, "city")) return YelpKind::kBusinesses;
  if (user && !business && has_key(line, "yelping_since")) return YelpKind::kUsers;
  return YelpKind::kOther;
}

bool may_be_yelp(const fs::path& path) { return has_extension(path, {".json", ".jsonl"}); }

bool is_wanted(const fs::path& path) {
  if (!may_be_yelp(path)) return false;
  const YelpKind kind = yelp_kind_of(path);
  return kind == YelpKind::kReviews || kind == YelpKind::kBusinesses || kind == YelpKind::kUsers;
}

// "a, b" of today, and the lists of older dumps. Yelp writes no categories as null.
std::vector<std::string> yelp_list(const simdjson::dom::element& value) {
  std::vector<std::string> texts;
  if (!value.is_string()) {
    collect_texts(value, Markup::kPlain, texts);
    return texts;
  }
  for (const std::string& word : split_words(std::string_view(value), ',')) {
    if (!trimmed(word).empty()) texts.emplace_back(trimmed(word));
  }
  return texts;
}

class YelpFile {
 public:
  YelpFile(const fs::path& path, YelpKind kind, RecordSink& sink) : lines_(path, sink), kind_(kind), sink_(sink) {}

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
      case YelpKind::kBusinesses:
        return sink_.use_columns(
            {.roles = {{"key", "business_id"}, {"title", "name"}, {"category", "categories"}},
             .attributes = {"city", "state", "latitude", "longitude", "is_open", "attributes"},
             .ignored = {"stars and review_count (they count the events of the test, too)", "address", "hours"}});
      case YelpKind::kUsers:
        return sink_.use_columns(
            {.roles = {{"key", "user_id"}, {"name", "name"}},
             .attributes = {"yelping_since", "elite"},
             .ignored = {"friends", "average_stars and counts (they count the events of the test, too)"}});
      default:
        ColumnUse use{.roles = {{"user", "user_id"}, {"item", "business_id"}, {"time", "date"}, {"review", "text"}}};
        if (kind_ == YelpKind::kReviews) use.roles.emplace_back("rating", "stars");
        if (kind_ == YelpKind::kReviews) use.attributes = {"useful", "funny", "cool"};
        sink_.use_columns(use);
    }
  }

  const char* take(const YelpObject& object) {
    if (kind_ == YelpKind::kBusinesses) return take_business(object);
    return kind_ == YelpKind::kUsers ? take_user(object) : take_event(object);
  }

  // The text of a field; false where it is missing or empty.
  bool text_at(const YelpObject& object, std::string_view key, std::string& text) {
    const auto value = value_at(object, key);
    const auto found = value ? text_of(*value, scratch_) : std::nullopt;
    text = found ? std::string(*found) : std::string();
    return !text.empty();
  }

  const char* take_event(const YelpObject& object) {
    Interaction event;
    if (!text_at(object, "user_id", event.user)) return "user: expected user_id";
    if (!text_at(object, "business_id", event.item)) return "item: expected business_id";
    if (kind_ == YelpKind::kReviews) {
      const auto stars = value_at(object, "stars");
      const auto rating = stars ? number_of(*stars) : std::nullopt;
      if (!rating || *rating < 1 || *rating > 5) return "rating: expected 1 to 5 stars";
      event.rating = static_cast<float>(*rating);
      for (const char* votes : {"useful", "funny", "cool"}) {
        if (const auto count = value_at(object, votes)) add_attributes(votes, *count, Markup::kPlain, event.attributes);
      }
    } else {
      event.event = "tip";
    }
    const auto date = value_at(object, "date");
    const auto time = date ? time_of(*date, TimeFormat(TimeUnit::kIso)) : std::nullopt;
    if (!time) return "time: expected a date such as 2019-03-05 18:20:01";
    event.time_ms = *time;
    text_at(object, "text", event.review);
    sink_.interaction(event);
    return nullptr;
  }

  const char* take_business(const YelpObject& object) {
    ItemRecord item;
    if (!text_at(object, "business_id", item.key)) return "item: expected business_id";
    text_at(object, "name", item.title);
    if (const auto categories = value_at(object, "categories")) item.categories = yelp_list(*categories);
    for (const char* key : {"city", "state", "latitude", "longitude", "is_open", "attributes"}) {
      if (const auto value = value_at(object, key)) add_attributes(key, *value, Markup::kPlain, item.attributes);
    }
    sink_.item(item);
    return nullptr;
  }

  const char* take_user(const YelpObject& object) {
    UserRecord user;
    if (!text_at(object, "user_id", user.key)) return "user: expected user_id";
    text_at(object, "name", user.name);
    if (const auto since = value_at(object, "yelping_since")) {
      add_attributes("yelping_since", *since, Markup::kPlain, user.attributes);
    }
    if (const auto elite = value_at(object, "elite")) take_elite_years(*elite, user);
    sink_.user(user);
    return nullptr;
  }

  // Some dumps write the year 2020 as "20,20".
  static void take_elite_years(const simdjson::dom::element& value, UserRecord& user) {
    std::vector<std::string> years;
    for (std::string& year : yelp_list(value)) {
      if (year == "20") year = "2020";
      if (year != "None" && (years.empty() || years.back() != year)) years.push_back(std::move(year));
    }
    if (!years.empty()) user.attributes.push_back({"elite", std::move(years)});
  }

  LineSource lines_;
  YelpKind kind_;
  RecordSink& sink_;
  JsonRecord record_;
  std::string scratch_;
};

}  // namespace

bool YelpReader::recognizes(const std::vector<fs::path>& inputs) const {
  const auto files = matching_files(inputs, may_be_yelp);
  return std::any_of(files.begin(), files.end(), [](const fs::path& path) {
    const YelpKind kind = yelp_kind_of(path);
    return kind == YelpKind::kReviews || kind == YelpKind::kTips;
  });
}

void YelpReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  for (const auto& path :
       expand_inputs(inputs, is_wanted, "files of Yelp's reviews, businesses or users (JSON lines)")) {
    const YelpKind kind = yelp_kind_of(path);
    if (kind == YelpKind::kOther) {
      throw data_error(
          "this is no file of Yelp that p5 reads",
          {.where = path.string(), .expected = "reviews, businesses, users or tips, one JSON object per line"});
    }
    YelpFile(path, kind, sink).read();
  }
}

}  // namespace p5
