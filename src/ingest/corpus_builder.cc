#include "ingest/corpus_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "corpus/attribute_json.h"
#include "corpus/column_file.h"
#include "corpus/corpus_format.h"
#include "corpus/corpus_writer.h"
#include "ingest/corpus_cleaner.h"
#include "ingest/corpus_key_table.h"
#include "ingest/event_rules.h"
#include "ingest/spool_reader.h"
#include "p5/error.h"
#include "records/input_files.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kKeyLimit = 1 << 16;   // bytes; longer ones are not ids
constexpr std::size_t kTextLimit = 1 << 30;  // bytes of one review
constexpr std::uint32_t kAbsent = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint16_t kNoEventType = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t kNoRow = std::numeric_limits<std::uint64_t>::max();

fs::path replaceable(const fs::path& target) {
  require_replaceable_corpus(target);
  return target;
}

// Rows of a table on disk: length-prefixed texts in sequence, found by the key's number.
class RowSpool {
 public:
  explicit RowSpool(const fs::path& path) : file_(path) {}

  void begin_row(std::uint32_t number) {
    write_row();
    if (number >= place_.size()) place_.resize(number + 1);
    rows_ += place_[number].begin == kNoRow ? 1 : 0;
    number_ = number;
  }
  void put(std::string_view text) {
    put_value(static_cast<std::uint64_t>(text.size()));
    row_.append(text);
  }
  void put_number(double value) { put_value(value); }
  void close() {
    write_row();
    file_.close();
    reader_.emplace(file_.path());
  }

  std::uint64_t rows() const { return rows_; }
  bool has(std::uint32_t number) const { return number < place_.size() && place_[number].begin != kNoRow; }
  // Moves to the row of the key, if there is one; then call get() and get_number() in the order of the puts. Texts
  // live until the next seek.
  bool seek(std::uint32_t number) {
    if (!has(number)) return false;
    left_ = reader_->read(place_[number].begin, place_[number].bytes);
    return true;
  }
  std::string_view get() {
    const auto size = value<std::uint64_t>();
    const std::string_view text = left_.substr(0, size);
    left_.remove_prefix(size);
    return text;
  }
  double get_number() { return value<double>(); }

 private:
  struct Place {
    std::uint64_t begin = kNoRow, bytes = 0;
  };

  template <typename T>
  void put_value(T value) {
    row_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <typename T>
  T value() {
    T result;
    std::memcpy(&result, left_.data(), sizeof result);
    left_.remove_prefix(sizeof result);
    return result;
  }
  void write_row() {
    if (row_.empty()) return;
    // A later row for the same key replaces the earlier.
    place_[number_] = {.begin = file_.size(), .bytes = row_.size()};
    file_.append(row_);
    row_.clear();
  }

  ColumnFile file_;
  std::optional<SpoolReader> reader_;
  std::vector<Place> place_;
  std::string row_;           // being put together
  std::uint32_t number_ = 0;  // of that row
  std::string_view left_;     // of the row being read
  std::uint64_t rows_ = 0;
};

// "time (column Datum): expected a date, ..." becomes "bad time (column Datum): expected a date, ...".
Error strict_error(std::string_view reason, const std::string& where, const std::string& got) {
  constexpr std::string_view kExpected = ": expected ";
  const std::size_t at = reason.find(kExpected);
  if (at == std::string_view::npos) return data_error(std::string(reason), {.where = where, .got = got});
  return data_error(
      "bad " + std::string(reason.substr(0, at)),
      {.where = where, .expected = std::string(reason.substr(at + kExpected.size())), .got = "'" + got + "'"});
}

// Numbers of a key table that are in use, densely renumbered in order of first use.
struct DenseIds {
  explicit DenseIds(std::size_t keys) : dense_of(keys, kAbsent) {}
  void name(std::uint32_t number) {
    if (dense_of[number] != kAbsent) return;
    dense_of[number] = static_cast<std::uint32_t>(numbers.size());
    numbers.push_back(number);
  }
  std::vector<std::uint32_t> dense_of, numbers;
};

}  // namespace

void CleaningOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kData);
  table.add("import.user_core", &user_core,
            {.help = "drop users with fewer interactions, repeated with item_core until stable; 0 = off",
             .flag = "user-core",
             .minimum = 0});
  table.add("import.item_core", &item_core,
            {.help = "drop items with fewer interactions, repeated with user_core until stable; 0 = off",
             .flag = "item-core",
             .minimum = 0});
  table.add_choice(
      "import.duplicates", &duplicates,
      {{"keep", Duplicates::kKeep}, {"exact", Duplicates::kExact}, {"pair", Duplicates::kPair}},
      {.help = "exact drops repeats of user, item, event type and time; pair keeps the last of every user and item",
       .flag = "duplicates"});
  table.add("import.min_rating", &min_rating,
            {.help = "drop interactions rated below this; those without a rating stay; a number, or none",
             .flag = "min-rating"});
  table.add("import.events", &events,
            {.help = "keep events of these types only, such as view,purchase; empty: all", .flag = "events"});
  table.add(
      "import.weights", &weights,
      {.help = "how much an event of a type counts, such as view=0.2,purchase=1; others count 1", .flag = "weight"});
  table.add(
      "import.given_split", &given_split,
      {.help = "where files are named train, valid (or dev) and test, keep these parts as the split of the corpus",
       .flag = "given-split"});
  table.add("import.rating_scale", &rating_scale,
            {.help = "what ratings can be: LOW..HIGH or LOW..HIGH:STEP, such as 1..10 or 0.5..5:0.5; auto: learnt from "
                     "the ratings",
             .flag = "rating-scale"});
  table.add("import.shuffle_ties", &shuffle_ties,
            {.help = "order equal times of one user randomly by seed instead of as in the file"});
  table.add("import.seed", &seed, {.help = "seed of the order of equal times", .minimum = 0});
  table.add_choice(
      "import.items_without_events", &items_without_events,
      {{"auto", ItemsWithoutEvents::kAuto}, {"keep", ItemsWithoutEvents::kKeep}, {"drop", ItemsWithoutEvents::kDrop}},
      {.help = "items of the item table that no event names; auto keeps them when they are at most as many "
               "as the items with events, or 1000",
       .flag = "items-without-events"});
  table.add("import.event_attributes", &event_attributes,
            {.help = "keep what the source says about an event besides the known fields (helpful votes, further "
                     "columns)"});
  table.add("import.strict", &strict, {.help = "stop at the first bad line", .flag = "strict"});
}

struct CorpusBuilder::Impl {
  Impl(const fs::path& target, const CleaningOptions& cleaning, bool force)
      : options(cleaning),
        rules(cleaning),
        replaced(force ? replaceable(target) : fs::path()),
        folder(target, force ? AtomicDirectory::Existing::kReplace : AtomicDirectory::Existing::kRefuse),
        spool((fs::create_directory(folder.path() / "spool"), folder.path() / "spool")) {}

  CleaningOptions options;
  EventRules rules;
  fs::path replaced;  // empty: the target must not exist
  AtomicDirectory folder;
  fs::path spool;
  StopToken stop;
  CorpusInfo info;
  IngestReport report;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::optional<Progress> bar;
  CorpusKeyTable users, items, event_types;
  ColumnFile records{spool / "records"}, texts{spool / "texts"};
  RowSpool item_rows{spool / "items"}, user_rows{spool / "users"};
  std::uint64_t record_count = 0;
  std::vector<bool> met;  // numbers of items that an interaction names, kept or not
  bool has_times = false, file_order = false;
  InputReport* current = nullptr;  // the file that is read
  std::uint8_t part = 0;           // that its name says
  bool in_earlier = false;
  std::array<bool, 4> seen_parts{};  // by NamedPart

  bool has_given_split() const;
  std::uint16_t event_type(std::string_view name);

  void write_interactions(const CleanedInteractions& cleaned, const DenseIds& user_ids, const DenseIds& item_ids,
                          CorpusWriter& writer);
  std::uint32_t meet(std::string_view item);
  void name_items_without_events(DenseIds& ids);
  void write_items(const DenseIds& ids, CorpusWriter& writer);
  void write_users(const DenseIds& ids, CorpusWriter& writer);
  std::uint64_t other_events() const;
  void require_something(const CleanedInteractions& cleaned) const;
  std::uint64_t count_off_scale(const CleanedInteractions& cleaned) const;
};

CorpusBuilder::CorpusBuilder(const fs::path& target, std::string name, std::string source,
                             const CleaningOptions& options, bool force)
    : impl_(std::make_unique<Impl>(target, options, force)) {
  impl_->report.format = source;
  impl_->info = {.name = std::move(name),
                 .source = std::move(source),
                 .ties = "",
                 .seed = static_cast<std::uint64_t>(options.seed),
                 .data_sha256 = "",
                 .rating_scale = std::nullopt};
  if (options.rating_scale != "auto") {
    impl_->info.rating_scale = RatingScale::parse(options.rating_scale, "import.rating_scale");
  }
  impl_->bar.emplace("import", 0, "lines");
}

CorpusBuilder::~CorpusBuilder() = default;

void CorpusBuilder::interaction(Interaction& record) {
  Impl& state = *impl_;
  if (record.user.empty() || record.item.empty()) return bad_line("", 0, "user or item: missing", "");
  if (record.user.size() > kKeyLimit || record.item.size() > kKeyLimit) return bad_line("", 0, "key: too long", "");
  const std::string attributes = impl_->options.event_attributes ? encode_attributes(record.attributes) : std::string();
  if (record.event.size() > kKeyLimit) return bad_line("", 0, "event type: too long", "");
  if (std::max({record.review.size(), record.headline.size(), attributes.size()}) > kTextLimit) {
    return bad_line("", 0, "text: too long", "");
  }
  if (std::isinf(record.rating)) return bad_line("", 0, "rating: expected a finite number", "infinity");
  repair_utf8(record.user);
  repair_utf8(record.item);
  const std::uint32_t item = state.meet(record.item);
  if (state.current != nullptr) ++state.current->interactions;
  if (record.rating < state.rules.least_rating) {
    ++state.report.below_rating;
    return;
  }
  if (!state.rules.keeps(record.event)) {
    ++state.report.other_events[record.event];
    return;
  }
  if (++state.record_count >= kAbsent) {
    throw data_error("too many interactions", {.where = state.info.name, .expected = "fewer than 2^32", .got = "more"});
  }
  state.has_times |= record.time_ms != kNoTime;
  state.records.append_value(SpooledInteraction{.user = state.users.intern(record.user),
                                                .item = item,
                                                .time_ms = record.time_ms,
                                                .text_at = state.texts.size(),
                                                .review_bytes = static_cast<std::uint32_t>(record.review.size()),
                                                .headline_bytes = static_cast<std::uint32_t>(record.headline.size()),
                                                .attribute_bytes = static_cast<std::uint32_t>(attributes.size()),
                                                .rating = record.rating,
                                                .event = state.event_type(record.event),
                                                .part = state.in_earlier ? std::uint8_t{0} : state.part});
  state.texts.append(record.review);
  state.texts.append(record.headline);
  state.texts.append(attributes);
}

void CorpusBuilder::item(ItemRecord& record) {
  if (record.key.empty() || record.key.size() > kKeyLimit) return bad_line("", 0, "item: missing or too long", "");
  repair_utf8(record.key);
  if (impl_->current != nullptr) ++impl_->current->items;
  RowSpool& rows = impl_->item_rows;
  rows.begin_row(impl_->items.intern(record.key));
  for (const std::string* text : {&record.title, &record.brand, &record.description}) rows.put(*text);
  rows.put_number(record.price);
  rows.put(encode_attributes(record.attributes));
  rows.put_number(static_cast<double>(record.categories.size()));
  for (const std::string& category : record.categories) rows.put(category);
}

void CorpusBuilder::user(UserRecord& record) {
  if (record.key.empty() || record.key.size() > kKeyLimit) return bad_line("", 0, "user: missing or too long", "");
  repair_utf8(record.key);
  if (impl_->current != nullptr) ++impl_->current->users;
  RowSpool& rows = impl_->user_rows;
  rows.begin_row(impl_->users.intern(record.key));
  rows.put(record.name);
  rows.put(encode_attributes(record.attributes));
}

void CorpusBuilder::bad_line(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view got) {
  std::string shown(got.substr(0, 80));
  repair_utf8(shown);
  const std::string where = file.empty() ? std::string() : fmt::format("{}:{}", file, line);
  if (impl_->options.strict) throw strict_error(reason, where, shown);
  if (impl_->current != nullptr) ++impl_->current->bad_lines;
  IngestReport& report = impl_->report;
  ++report.bad_lines;
  ++report.bad_reasons[std::string(reason)];
  if (report.examples.size() < IngestReport::kKeptBadLines) {
    std::string text(reason);
    if (!shown.empty()) text += ", got '" + shown + "'";
    report.examples.push_back({.file = std::string(file), .line = line, .reason = std::move(text)});
  }
}

void CorpusBuilder::begin_file(std::string_view file) {
  Impl& state = *impl_;
  auto& files = state.report.files;
  const auto same =
      std::find_if(files.begin(), files.end(), [&](const InputReport& each) { return each.file == file; });
  state.current = same != files.end() ? &*same : &files.emplace_back();
  if (state.current->file.empty()) state.current->file = file;
  const NamedPart part = named_part_of(fs::path(file));
  state.seen_parts[static_cast<std::size_t>(part)] = true;
  state.part = part == NamedPart::kValid ? 1 : part == NamedPart::kTest ? 2 : 0;
}

void CorpusBuilder::use_columns(const ColumnUse& use) {
  if (impl_->current != nullptr) impl_->current->columns = use;
}

void CorpusBuilder::note(std::string text) { impl_->report.notes.push_back(std::move(text)); }
void CorpusBuilder::earlier(bool on) { impl_->in_earlier = on; }

void CorpusBuilder::progress(std::uint64_t bytes, std::uint64_t lines) {
  impl_->report.bytes += bytes;
  impl_->report.lines += lines;
  impl_->bar->advance(lines);
  stop_if_requested(impl_->stop, "import interrupted; nothing was written");
}

void CorpusBuilder::keep_file_order() { impl_->file_order = true; }
void CorpusBuilder::keys_are(KeyKind users, KeyKind items) {
  impl_->info.user_keys = users;
  impl_->info.item_keys = items;
}
void CorpusBuilder::heed(StopToken stop) { impl_->stop = std::move(stop); }

std::uint64_t CorpusBuilder::Impl::other_events() const {
  std::uint64_t sum = 0;
  for (const auto& [type, count] : report.other_events) sum += count;
  return sum;
}

void CorpusBuilder::Impl::require_something(const CleanedInteractions& cleaned) const {
  if (!cleaned.order.empty()) return;
  if (report.bad_lines + report.below_rating + record_count + other_events() == 0) {
    throw data_error("no interactions to import", {.where = info.name,
                                                   .expected = "at least one interaction",
                                                   .got = report.bytes == 0 ? "an empty file" : "a file without any"});
  }
  rules.check(report.other_events);
  std::string got = fmt::format("none of {} read: {} bad lines, {} below the minimum rating, {} below the core",
                                report.bad_lines + report.below_rating + record_count + other_events(),
                                report.bad_lines, report.below_rating, cleaned.below_core);
  if (other_events() > 0) got += fmt::format(", {} of other event types", other_events());
  if (!report.examples.empty()) {
    const BadLine& first = report.examples.front();
    got += fmt::format("; first bad line {}:{}: {}", first.file, first.line, first.reason);
  }
  throw data_error("no interactions to import",
                   {.where = info.name, .expected = "at least one interaction", .got = std::move(got)});
}

std::uint64_t CorpusBuilder::Impl::count_off_scale(const CleanedInteractions& cleaned) const {
  if (!report.rating_scale) return 0;
  const MappedFile map(records.path());
  const auto* all = reinterpret_cast<const SpooledInteraction*>(map.bytes().data());
  return static_cast<std::uint64_t>(std::ranges::count_if(cleaned.order, [&](std::uint32_t position) {
    const float rating = all[position].rating;
    return !std::isnan(rating) && !report.rating_scale->contains(static_cast<double>(rating));
  }));
}

void CorpusBuilder::Impl::write_interactions(const CleanedInteractions& cleaned, const DenseIds& user_ids,
                                             const DenseIds& item_ids, CorpusWriter& writer) {
  const MappedFile record_map(records.path());
  SpoolReader spooled_texts(texts.path());
  const auto* all = reinterpret_cast<const SpooledInteraction*>(record_map.bytes().data());
  std::vector<std::uint64_t> event_counts(event_types.size());
  std::vector<float> event_weights;
  for (std::uint32_t i = 0; i < event_types.size(); ++i) event_weights.push_back(rules.weight_of(event_types.key(i)));
  Progress written("write", cleaned.order.size(), "interactions");
  for (UserId user = 0; user < user_ids.numbers.size(); ++user) {
    const std::uint32_t number = user_ids.numbers[user];
    for (std::uint64_t i = cleaned.begin[number]; i < cleaned.begin[number + 1]; ++i) {
      const SpooledInteraction& record = all[cleaned.order[i]];
      std::string_view text = spooled_texts.read(
          record.text_at, std::size_t{record.review_bytes} + record.headline_bytes + record.attribute_bytes);
      const auto take = [&](std::uint32_t bytes) {
        const std::string_view head = text.substr(0, bytes);
        text.remove_prefix(bytes);
        return head;
      };
      const std::string_view review = take(record.review_bytes), headline = take(record.headline_bytes);
      const std::string_view event = record.event == kNoEventType ? std::string_view() : event_types.key(record.event);
      if (!event.empty()) ++event_counts[record.event];
      if (report.given_split) ++report.part_events[record.part];
      writer.add_interaction({.user = user,
                              .item = item_ids.dense_of[record.item],
                              .rating = record.rating,
                              .time_ms = record.time_ms,
                              .event = event,
                              .review = review,
                              .headline = headline,
                              .attributes = take(record.attribute_bytes),
                              .weight = event.empty() ? rules.weight_of({}) : event_weights[record.event],
                              .part = report.given_split ? record.part : std::uint8_t{0}});
    }
    written.advance(cleaned.begin[number + 1] - cleaned.begin[number]);
  }
  for (std::uint32_t i = 0; i < event_types.size(); ++i) {
    if (event_counts[i] > 0) report.events[std::string(event_types.key(i))] = event_counts[i];
  }
}

// Parts of a split are at least what is learnt from and what is asked.
bool CorpusBuilder::Impl::has_given_split() const {
  const auto seen = [this](NamedPart which) { return seen_parts[static_cast<std::size_t>(which)]; };
  return options.given_split && seen(NamedPart::kTrain) && (seen(NamedPart::kValid) || seen(NamedPart::kTest));
}

std::uint16_t CorpusBuilder::Impl::event_type(std::string_view name) {
  if (name.empty()) return kNoEventType;
  const std::uint32_t number = event_types.intern(name);
  if (number < kNoEventType) return static_cast<std::uint16_t>(number);
  throw data_error("too many event types",
                   {.where = info.name, .expected = "fewer than 65536", .got = std::string(name.substr(0, 80))});
}

std::uint32_t CorpusBuilder::Impl::meet(std::string_view item) {
  const std::uint32_t number = items.intern(item);
  if (number >= met.size()) met.resize(number + 1);
  met[number] = true;
  return number;
}

void CorpusBuilder::Impl::name_items_without_events(DenseIds& ids) {
  std::vector<std::uint32_t> unmet;
  for (std::uint32_t number = 0; number < items.size(); ++number) {
    if ((number >= met.size() || !met[number]) && item_rows.has(number)) unmet.push_back(number);
  }
  report.items_without_events = unmet.size();
  using Wish = CleaningOptions::ItemsWithoutEvents;
  const bool few = unmet.size() <= std::max<std::size_t>(CleaningOptions::kFewItems, ids.numbers.size());
  const Wish wish = options.items_without_events;
  if (wish == Wish::kDrop || (wish == Wish::kAuto && !few)) return;
  for (const std::uint32_t number : unmet) ids.name(number);
  report.kept_without_events = unmet.size();
}

void CorpusBuilder::Impl::write_items(const DenseIds& ids, CorpusWriter& writer) {
  std::uint64_t used = 0;
  std::vector<std::string_view> categories;
  for (const std::uint32_t number : ids.numbers) {
    ItemRow row{.key = items.key(number)};
    if (item_rows.seek(number)) {
      ++used;
      row.title = item_rows.get();
      const bool has_events = number < met.size() && met[number];
      report.described_items += has_events ? 1 : 0;
      report.titled_items += has_events && !row.title.empty() ? 1 : 0;
      row.brand = item_rows.get();
      row.description = item_rows.get();
      row.price = item_rows.get_number();
      row.attributes = item_rows.get();
      categories.resize(static_cast<std::size_t>(item_rows.get_number()));
      for (auto& category : categories) category = item_rows.get();
      row.categories = categories;
    }
    writer.add_item(row);
  }
  report.item_rows = item_rows.rows();
  report.unused_items = item_rows.rows() - used;
}

void CorpusBuilder::Impl::write_users(const DenseIds& ids, CorpusWriter& writer) {
  std::uint64_t used = 0;
  for (const std::uint32_t number : ids.numbers) {
    UserRow row{.key = users.key(number)};
    if (user_rows.seek(number)) {
      ++used;
      row.name = user_rows.get();
      row.attributes = user_rows.get();
    }
    writer.add_user(row);
  }
  report.user_rows = user_rows.rows();
  report.unused_users = user_rows.rows() - used;
}

IngestReport CorpusBuilder::finish() {
  Impl& state = *impl_;
  state.bar.reset();
  for (ColumnFile* file : {&state.records, &state.texts}) file->close();
  for (RowSpool* rows : {&state.item_rows, &state.user_rows}) rows->close();

  const bool shuffle = state.options.shuffle_ties && state.has_times && !state.file_order;
  state.info.ties = shuffle ? "shuffled" : "file";
  state.report.given_split = state.has_given_split();
  state.report.shuffled_ties = shuffle;
  state.report.has_times = state.has_times;
  CleanedInteractions cleaned;
  DenseIds user_ids(state.users.size()), item_ids(state.items.size());
  {
    const MappedFile map(state.records.path());
    const std::span records(reinterpret_cast<const SpooledInteraction*>(map.bytes().data()), state.record_count);
    cleaned = clean_interactions({.records = records,
                                  .users = state.users,
                                  .items = state.items.size(),
                                  .shuffle_ties = shuffle,
                                  .parts = state.report.given_split},
                                 state.options);
    state.require_something(cleaned);
    std::vector<bool> kept(records.size());
    for (const std::uint32_t position : cleaned.order) kept[position] = true;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (!kept[i]) continue;
      user_ids.name(records[i].user);
      item_ids.name(records[i].item);
    }
  }
  state.name_items_without_events(item_ids);
  state.report.weights = state.rules.weights;
  CorpusWriter writer(state.folder.path(),
                      {.weights = !state.rules.weights.empty(), .parts = state.report.given_split});
  state.write_interactions(cleaned, user_ids, item_ids, writer);
  state.write_items(item_ids, writer);
  state.write_users(user_ids, writer);
  state.report.rating_scale = writer.finish(state.info).rating_scale;
  for (std::string& sentence : state.rules.unmet(state.report.events, state.report.other_events)) {
    state.report.notes.push_back(std::move(sentence));
  }
  state.report.off_scale = state.count_off_scale(cleaned);
  fs::remove_all(state.spool);
  if (!state.replaced.empty()) require_replaceable_corpus(state.replaced);  // hours may have passed
  state.folder.commit();

  IngestReport& report = state.report;
  report.duplicates = cleaned.duplicates;
  report.below_core = cleaned.below_core;
  report.ties = cleaned.ties;
  report.users = user_ids.numbers.size();
  report.items = item_ids.numbers.size();
  report.interactions = cleaned.order.size();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - state.start).count();
  return std::move(report);
}

}  // namespace p5
