#include "ingest/amazon_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "base/rng.h"
#include "ingest/amazon_ratings.h"
#include "records/html_text.h"
#include "records/input_files.h"
#include "records/json_record.h"
#include "records/line_source.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using simdjson::dom::element;

// The fields of a review line, under the names of 2014 and 2018 and those of 2023.
enum Field { kUser, kItem, kParent, kRating, kTime, kDate, kReview, kHeadline, kName, kTitle, kFields };

constexpr std::string_view kVotes = "vote";  // of 2018, a text such as "1,234"

std::optional<Field> field_of(std::string_view key) {
  static constexpr std::pair<std::string_view, Field> kKeys[] = {
      {"asin", kItem},         {"reviewerID", kUser},  {"overall", kRating},     {"unixReviewTime", kTime},
      {"reviewText", kReview}, {"summary", kHeadline}, {"reviewTime", kDate},    {"reviewerName", kName},
      {"user_id", kUser},      {"rating", kRating},    {"parent_asin", kParent}, {"text", kReview},
      {"timestamp", kTime},    {"title", kTitle}};
  for (const auto& [name, field] : kKeys) {
    if (key == name) return field;
  }
  return std::nullopt;
}

using Fields = std::array<std::optional<element>, kFields>;

Fields fields_of(const simdjson::dom::object& object) {
  Fields fields;
  for (const auto field : object) {
    const auto known = field_of(field.key);
    if (known && (*known == kUser || !field.value.is_null())) fields[*known] = field.value;
  }
  return fields;
}

// Reads one file. Buffers live as long as the file, so that reading a line allocates nothing.
class AmazonFile {
 public:
  AmazonFile(const fs::path& path, RecordSink& sink) : lines_(path, sink), sink_(sink), seen_names_(kSeenNames) {}

  void read() {
    std::string_view line;
    while (lines_.next(line)) {
      if (trimmed(line).empty()) continue;
      if (const char* reason = record_.parse(line)) {
        lines_.bad(reason, line);
      } else if (const char* wrong = take(fields_of(record_.object()))) {
        lines_.bad(wrong, line);
      }
    }
    report_columns();
  }

 private:
  // Every review repeats its reviewer's name; the names of the last users seen are not delivered again.
  static constexpr std::size_t kSeenNames = std::size_t{1} << 14;

  const char* take(const Fields& fields) {
    const auto& item = fields[kParent] ? fields[kParent] : fields[kItem];
    if (!item) return "item: expected asin or parent_asin";
    const auto key = text_of(*item, scratch_);
    if (!key || key->empty()) return "item: expected a text";
    const bool is_review = fields[kRating] || fields[kTime] || fields[kDate] || fields[kReview];
    if (!fields[kUser] && is_review) return "user: expected reviewerID or user_id";
    if (!fields[kUser]) return take_item(*key);
    interaction_.item = *key;
    take_attributes(fields);
    return take_review(fields);
  }

  void report_columns() {
    static constexpr std::pair<const char*, Field> kRolesOf[] = {
        {"user", kUser}, {"item", kParent},   {"item", kItem},         {"rating", kRating},  {"time", kTime},
        {"time", kDate}, {"review", kReview}, {"headline", kHeadline}, {"headline", kTitle}, {"name", kName}};
    ColumnUse use;
    for (const auto& [role, field] : kRolesOf) {
      bool taken = false;
      for (const auto& each : use.roles) taken = taken || each.first == role;
      if (!seen_keys_[field].empty() && !taken) use.roles.emplace_back(role, seen_keys_[field]);
    }
    if (!use.roles.empty()) sink_.use_columns(use);
  }

  // The names of the fields, from the first review.
  void see_keys() {
    if (!seen_keys_[kUser].empty()) return;
    for (const auto field : record_.object()) {
      if (const auto known = field_of(field.key)) seen_keys_[*known] = field.key;
    }
  }

  const char* take_review(const Fields& fields) {
    see_keys();
    const auto user = text_of(*fields[kUser], scratch_);
    if (!user || user->empty()) return "user: expected a text";
    interaction_.user = *user;
    interaction_.rating = kNoRating;
    if (fields[kRating]) {
      const auto rating = number_of(*fields[kRating]);
      if (!rating || std::abs(*rating) > 1e6) return "rating: expected a number";
      interaction_.rating = static_cast<float>(*rating);
    }
    if (const char* reason = set_time(fields)) return reason;
    interaction_.event.clear();
    set_text(fields[kReview], interaction_.review);
    set_text(fields[kHeadline] ? fields[kHeadline] : fields[kTitle], interaction_.headline);
    if (fields[kName]) give_name(*user, *fields[kName]);
    sink_.interaction(interaction_);
    return nullptr;
  }

  // The other fields of a review: votes, whether the purchase was verified, style, pictures; the variant of 2023.
  void take_attributes(const Fields& fields) {
    interaction_.attributes.clear();
    for (const auto field : record_.object()) {
      if (field.key == kVotes) {
        take_votes(field.value);
      } else if (!field_of(field.key)) {
        add_attributes(field.key, field.value, Markup::kHtml, interaction_.attributes);
      }
    }
    if (fields[kParent] && fields[kItem]) {
      add_attributes("asin", *fields[kItem], Markup::kPlain, interaction_.attributes);
    }
  }

  void take_votes(const element& value) {
    const auto text = text_of(value, scratch_);
    if (!text) return;
    std::string digits(*text);
    std::erase(digits, ',');
    const auto votes = parse_number(digits);
    if (votes) interaction_.attributes.push_back({std::string(kVotes), *votes});
  }

  const char* set_time(const Fields& fields) {
    interaction_.time_ms = kNoTime;
    std::optional<std::int64_t> time;
    if (fields[kTime]) {
      time = time_of(*fields[kTime], TimeFormat());
    } else if (fields[kDate] && fields[kDate]->is_string()) {
      time = parse_us_date(std::string_view(*fields[kDate]));
    } else if (!fields[kDate]) {
      return nullptr;
    }
    if (!time) return "time: expected seconds or milliseconds since 1970, or a date";
    interaction_.time_ms = *time;
    return nullptr;
  }

  static void set_text(const std::optional<element>& value, std::string& text) {
    text.clear();
    if (!value || !value->is_string()) return;
    text = std::string_view(*value);
    unescape_html(text);
  }

  void give_name(std::string_view user, const element& name) {
    if (!name.is_string()) return;
    const std::uint64_t hash = stable_hash(std::string_view(name), stable_hash(user));
    auto& slot = seen_names_[hash % kSeenNames];
    if (std::exchange(slot, hash) == hash) return;
    user_.key = user;
    set_text(name, user_.name);
    user_.attributes.clear();
    if (!user_.name.empty()) sink_.user(user_);
  }

  const char* take_item(std::string_view key) {
    item_ = ItemRecord{};
    item_.key = key;
    for (const auto field : record_.object()) take_item_field(field.key, field.value);
    if (item_.categories.empty() && !main_category_.empty()) item_.categories.push_back(main_category_);
    if (item_.brand.empty()) item_.brand = std::move(store_);
    store_.clear();
    main_category_.clear();
    sink_.item(item_);
    return nullptr;
  }

  void take_item_field(std::string_view key, const element& value) {
    if (key == "asin" || key == "parent_asin" || value.is_null()) return;
    if (key == "title") {
      item_.title = joined(value);
      // Some titles of 2018 hold a script: the page was not extracted properly.
      if (item_.title.find("getTime()") != std::string::npos) item_.title.clear();
    } else if (key == "brand") {
      item_.brand = brand_of(joined_raw(value));
    } else if (key == "store") {
      store_ = joined(value);
    } else if (key == "description") {
      item_.description = joined(value);
    } else if (key == "categories" || key == "category") {
      collect_texts(value, Markup::kHtml, item_.categories);
    } else if (key == "price") {
      const auto price = value.is_string() ? parse_price(std::string_view(value)) : number_of(value);
      if (price && *price >= 0) item_.price = *price;
    } else if (key == "details" && value.is_string()) {
      take_details(std::string_view(value));
    } else {
      if (key == "main_category" || key == "main_cat") main_category_ = joined(value);
      add_attributes(key, value, Markup::kHtml, item_.attributes);
    }
  }

  // Some copies of the 2023 set hold this object as JSON in a string.
  void take_details(std::string_view text) {
    if (details_.parse_copy(text) != nullptr) return;
    for (const auto field : details_.object()) {
      add_attributes(std::string("details.").append(field.key), field.value, Markup::kHtml, item_.attributes);
    }
  }

  static std::string joined_raw(const element& value) {
    std::vector<std::string> parts;
    collect_texts(value, Markup::kPlain, parts);
    std::string text;
    for (const auto& part : parts) text.append(text.empty() ? "" : " ").append(part);
    return text;
  }

  static std::string joined(const element& value) {
    std::string text = joined_raw(value);
    strip_html(text);
    return text;
  }

  // 2018 has "by\n    \n    Fender".
  static std::string brand_of(std::string text) {
    if (text.starts_with("by\n")) text.erase(0, 3);
    strip_html(text);
    return text;
  }

  LineSource lines_;
  RecordSink& sink_;
  JsonRecord record_, details_;
  Interaction interaction_;
  ItemRecord item_;
  UserRecord user_;
  std::string scratch_, store_, main_category_;
  std::vector<std::uint64_t> seen_names_;
  std::array<std::string, kFields> seen_keys_;
};

bool is_review_file(const fs::path& path) { return has_extension(path, {".json", ".jsonl", ".csv"}); }

bool looks_like_amazon(const fs::path& path) {
  for (const auto& line : first_lines(path, 3)) {
    if (!trimmed(line).starts_with('{')) return has_extension(path, {".csv"}) && is_amazon_ratings(path);
    for (const std::string_view key : {"\"asin\"", "'asin'", "\"parent_asin\"", "'parent_asin'"}) {
      if (line.find(key) != std::string::npos) return true;
    }
  }
  return false;
}

}  // namespace

bool AmazonReader::recognizes(const std::vector<fs::path>& inputs) const {
  const auto files = matching_files(inputs, is_review_file);
  return std::any_of(files.begin(), files.end(), looks_like_amazon);
}

void AmazonReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  for (const auto& path : expand_inputs(inputs, is_review_file, "*.json, *.jsonl or *.csv, plain or .gz")) {
    if (has_extension(path, {".csv"})) {
      read_amazon_ratings(path, sink);
    } else {
      AmazonFile(path, sink).read();
    }
  }
}

}  // namespace p5
