#include "corpus/corpus_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/file.h"
#include "base/utf8.h"
#include "corpus/attribute_json.h"
#include "corpus/column_file.h"
#include "corpus/corpus_format.h"
#include "corpus/rating_scale.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

class TextColumnWriter {
 public:
  TextColumnWriter(const fs::path& folder, std::string_view name)
      : offsets_(folder / offsets_file(name)), blob_(folder / blob_file(name)) {
    offsets_.append_value(std::uint64_t{0});
  }

  void append(std::string_view text) {
    if (is_utf8(text)) {
      blob_.append(text);
    } else {
      std::string repaired(text);
      repair_utf8(repaired);
      blob_.append(repaired);
    }
    offsets_.append_value(blob_.size());
  }

  ColumnFile& offsets() { return offsets_; }
  ColumnFile& blob() { return blob_; }

 private:
  ColumnFile offsets_, blob_;
};

template <typename T>
std::span<const T> values_of(const MappedFile& file) {
  return {reinterpret_cast<const T*>(file.bytes().data()), file.bytes().size() / sizeof(T)};
}

// The first eight bytes as a number that compares like the text. It decides most comparisons without touching keys.
std::uint64_t key_prefix(std::string_view key) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0);
  return prefix;
}

// Ids [count] in the order of their keys. Throws a data error for equal keys.
std::vector<std::uint32_t> order_by_key(const fs::path& offsets_path, const fs::path& blob_path) {
  const MappedFile offsets_map(offsets_path), blob_map(blob_path);
  const auto offsets = values_of<std::uint64_t>(offsets_map);
  const auto key = [&](std::uint32_t id) { return blob_map.text().substr(offsets[id], offsets[id + 1] - offsets[id]); };
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries(offsets.size() - 1);
  for (std::uint32_t id = 0; id < entries.size(); ++id) entries[id] = {key_prefix(key(id)), id};
  std::sort(entries.begin(), entries.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : key(a.second) < key(b.second);
  });
  std::vector<std::uint32_t> order(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    order[i] = entries[i].second;
    if (i > 0 && key(order[i]) == key(order[i - 1])) {
      throw data_error("two rows with one key",
                       {.where = blob_path.string(), .expected = "distinct keys", .got = std::string(key(order[i]))});
    }
  }
  return order;
}

void require_key(std::string_view key, std::string_view kind, std::uint64_t id) {
  if (!key.empty()) return;
  throw data_error("a row without a key",
                   {.where = fmt::format("{} {}", kind, id), .expected = "a key", .got = "an empty one"});
}

}  // namespace

struct CorpusWriter::Impl {
  Impl(fs::path path, OptionalColumns optional) : folder(std::move(path)) {
    category_begin.append_value(std::uint64_t{0});
    if (optional.weights) weights.emplace(folder / column::kWeights);
    if (optional.parts) parts.emplace(folder / column::kParts);
  }

  fs::path folder;
  ColumnFile users{folder / column::kUsers}, items{folder / column::kItems}, ratings{folder / column::kRatings},
      times{folder / column::kTimes}, event_codes{folder / column::kEventCodes};
  std::optional<ColumnFile> weights, parts;
  TextColumnWriter review{folder, column::kReview}, headline{folder, column::kHeadline},
      attributes{folder, column::kAttributes}, event_name{folder, column::kEventName};
  ColumnFile user_begin{folder / column::kUserBegin};
  TextColumnWriter user_key{folder, column::kUserKey}, user_name{folder, column::kUserName},
      user_attributes{folder, column::kUserAttributes};
  ColumnFile price{folder / column::kPrice}, category_begin{folder / column::kCategoryBegin};
  TextColumnWriter item_key{folder, column::kItemKey}, title{folder, column::kTitle}, brand{folder, column::kBrand},
      description{folder, column::kDescription}, category{folder, column::kCategory},
      item_attributes{folder, column::kItemAttributes};

  std::uint64_t user_count = 0, item_count = 0, interaction_count = 0, category_count = 0;
  std::uint64_t begun_users = 0;   // users whose begin is written
  std::uint64_t needed_items = 0;  // highest item id in use, plus one
  std::int64_t last_time = kNoTime;
  std::uint8_t last_part = 0;
  std::map<std::string, std::uint16_t, std::less<>> event_of_name;

  std::uint16_t event_code(std::string_view name);
  void check_order(const InteractionRow& row);
  void begin_users_until(std::uint64_t count);
  void write_order(TextColumnWriter& keys, std::string_view file, CorpusHeader& header);

  ColumnEntry entry_of(const fs::path& path) const;
  void close(ColumnFile& file, CorpusHeader& header);
  void close(TextColumnWriter& text, CorpusHeader& header);
  std::string data_sha256();
  std::optional<RatingScale> learnt_scale();  // none without ratings
};

CorpusWriter::CorpusWriter(fs::path folder, OptionalColumns columns)
    : impl_(std::make_unique<Impl>(std::move(folder), columns)) {}
CorpusWriter::~CorpusWriter() = default;

void CorpusWriter::add_user(const UserRow& row) {
  require_key(row.key, "user", impl_->user_count);
  impl_->user_key.append(row.key);
  impl_->user_name.append(row.name);
  impl_->user_attributes.append(row.attributes);
  ++impl_->user_count;
}

void CorpusWriter::add_user(const UserRecord& record) {
  const std::string attributes = encode_attributes(record.attributes);
  add_user(UserRow{.key = record.key, .name = record.name, .attributes = attributes});
}

void CorpusWriter::add_item(const ItemRow& row) {
  Impl& columns = *impl_;
  require_key(row.key, "item", columns.item_count);
  columns.item_key.append(row.key);
  columns.title.append(row.title);
  columns.brand.append(row.brand);
  columns.description.append(row.description);
  columns.price.append_value(std::isfinite(row.price) ? row.price : std::numeric_limits<double>::quiet_NaN());
  for (const std::string_view category : row.categories) columns.category.append(category);
  columns.category_count += row.categories.size();
  columns.category_begin.append_value(columns.category_count);
  columns.item_attributes.append(row.attributes);
  ++columns.item_count;
}

void CorpusWriter::add_item(const ItemRecord& record) {
  const std::vector<std::string_view> categories(record.categories.begin(), record.categories.end());
  const std::string attributes = encode_attributes(record.attributes);
  add_item(ItemRow{.key = record.key,
                   .title = record.title,
                   .brand = record.brand,
                   .description = record.description,
                   .price = record.price,
                   .categories = categories,
                   .attributes = attributes});
}

std::uint16_t CorpusWriter::Impl::event_code(std::string_view name) {
  if (const auto found = event_of_name.find(name); found != event_of_name.end()) return found->second;
  const std::size_t code = event_of_name.size();
  if (code > std::numeric_limits<std::uint16_t>::max()) {
    throw data_error("too many event types",
                     {.where = std::string(name.substr(0, 80)), .expected = "at most 65536", .got = "more"});
  }
  event_name.append(name);
  event_of_name.emplace(name, static_cast<std::uint16_t>(code));
  return static_cast<std::uint16_t>(code);
}

void CorpusWriter::Impl::begin_users_until(std::uint64_t count) {
  for (; begun_users < count; ++begun_users) {
    user_begin.append_value(interaction_count);
    last_time = kNoTime;
    last_part = 0;
  }
}

void CorpusWriter::Impl::check_order(const InteractionRow& row) {
  const std::uint64_t next_user = std::uint64_t{row.user} + 1;
  const bool same_user = next_user == begun_users;
  const bool same_part = same_user && row.part == last_part;
  if (next_user < begun_users || (same_part && row.time_ms < last_time) || (same_user && row.part < last_part)) {
    throw data_error("interactions out of order", {.where = fmt::format("interaction {}", interaction_count),
                                                   .expected = "order by user, then by part of a split, then by time",
                                                   .got = fmt::format("user {}, time {}", row.user, row.time_ms)});
  }
}

void CorpusWriter::add_interaction(const InteractionRow& row) {
  Impl& columns = *impl_;
  columns.check_order(row);
  columns.begin_users_until(std::uint64_t{row.user} + 1);
  columns.last_time = row.time_ms;
  columns.last_part = row.part;
  columns.needed_items = std::max<std::uint64_t>(columns.needed_items, std::uint64_t{row.item} + 1);
  columns.users.append_value(row.user);
  columns.items.append_value(row.item);
  // One bit pattern for "none", so that equal data have equal digests.
  columns.ratings.append_value(std::isfinite(row.rating) ? row.rating : kNoRating);
  columns.times.append_value(row.time_ms);
  columns.event_codes.append_value(columns.event_code(row.event));
  if (columns.weights) columns.weights->append_value(row.weight);
  if (columns.parts) columns.parts->append_value(row.part);
  columns.review.append(row.review);
  columns.headline.append(row.headline);
  columns.attributes.append(row.attributes);
  ++columns.interaction_count;
}

ColumnEntry CorpusWriter::Impl::entry_of(const fs::path& path) const {
  ColumnEntry entry{.file = path.filename().string(), .dtype = path.extension().string().substr(1)};
  entry.checksum = checksum64_of_file(path, entry.bytes);
  const std::uint64_t width = entry.dtype == "utf8" ? 1 : std::stoull(entry.dtype.substr(1)) / 8;
  entry.count = entry.bytes / width;
  return entry;
}

void CorpusWriter::Impl::close(ColumnFile& file, CorpusHeader& header) {
  file.close();
  header.columns.push_back(entry_of(file.path()));
}

// A text column without a single letter is left out: many sources have no reviews.
void CorpusWriter::Impl::close(TextColumnWriter& text, CorpusHeader& header) {
  text.offsets().close();
  text.blob().close();
  if (text.blob().size() == 0) {
    fs::remove(text.offsets().path());
    fs::remove(text.blob().path());
    return;
  }
  header.columns.push_back(entry_of(text.offsets().path()));
  header.columns.push_back(entry_of(text.blob().path()));
}

void CorpusWriter::Impl::write_order(TextColumnWriter& keys, std::string_view file, CorpusHeader& header) {
  ColumnFile out(folder / file);
  if (keys.blob().size() > 0) {
    for (const std::uint32_t id : order_by_key(keys.offsets().path(), keys.blob().path())) out.append_value(id);
  }
  close(out, header);
}

std::string CorpusWriter::Impl::data_sha256() {
  Sha256 digest;
  for (ColumnFile* file : {&users, &items, &ratings, &times}) digest.update(MappedFile(file->path()).bytes());
  for (TextColumnWriter* keys : {&user_key, &item_key}) {
    if (keys->blob().size() == 0) continue;
    digest.update(MappedFile(keys->offsets().path()).bytes()).update(MappedFile(keys->blob().path()).bytes());
  }
  for (std::optional<ColumnFile>* file : {&weights, &parts}) {
    if (*file) digest.update(MappedFile((*file)->path()).bytes());
  }
  return digest.hex();
}

std::optional<RatingScale> CorpusWriter::Impl::learnt_scale() {
  const MappedFile file(ratings.path());
  const auto values = values_of<float>(file);
  const bool any = std::any_of(values.begin(), values.end(), [](float rating) { return !std::isnan(rating); });
  return any ? std::optional(RatingScale::of(values)) : std::nullopt;
}

CorpusInfo CorpusWriter::finish(CorpusInfo info) {
  Impl& columns = *impl_;
  if (columns.begun_users > columns.user_count || columns.needed_items > columns.item_count) {
    throw data_error("interactions of unknown users or items",
                     {.where = columns.folder.string(),
                      .expected = fmt::format("{} users, {} items", columns.begun_users, columns.needed_items),
                      .got = fmt::format("{} users, {} items", columns.user_count, columns.item_count)});
  }
  columns.begin_users_until(columns.user_count + 1);

  CorpusHeader header;
  header.users = columns.user_count;
  header.items = columns.item_count;
  header.interactions = columns.interaction_count;
  for (ColumnFile* file : {&columns.users, &columns.items, &columns.ratings, &columns.times, &columns.event_codes,
                           &columns.user_begin, &columns.price, &columns.category_begin}) {
    columns.close(*file, header);
  }
  for (std::optional<ColumnFile>* file : {&columns.weights, &columns.parts}) {
    if (*file) columns.close(**file, header);
  }
  for (TextColumnWriter* text :
       {&columns.review, &columns.headline, &columns.attributes, &columns.event_name, &columns.user_key,
        &columns.user_name, &columns.user_attributes, &columns.item_key, &columns.title, &columns.brand,
        &columns.description, &columns.category, &columns.item_attributes}) {
    columns.close(*text, header);
  }
  columns.write_order(columns.user_key, column::kUserOrder, header);
  columns.write_order(columns.item_key, column::kItemOrder, header);

  for (std::string* text : {&info.name, &info.source, &info.ties}) repair_utf8(*text);
  info.data_sha256 = columns.data_sha256();
  const auto learnt = columns.learnt_scale();
  if (!learnt || !info.rating_scale) info.rating_scale = learnt;
  header.info = std::move(info);
  write_file_atomically(columns.folder / kCorpusHeaderFile, to_json(header));
  return std::move(header.info);
}

}  // namespace p5
