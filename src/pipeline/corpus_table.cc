#include "p5/corpus_table.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

#include "corpus/attribute_json.h"
#include "corpus/corpus.h"
#include "corpus/corpus_stats.h"
#include "p5/error.h"

namespace p5 {
namespace {

// Texts of our own, one after the other.
struct PackedTexts {
  std::string bytes;
  std::vector<std::uint64_t> offsets{0};

  void add(std::string_view text) {
    bytes += text;
    offsets.push_back(bytes.size());
  }
  TextsView view() const { return {.bytes = bytes, .offsets = offsets}; }
};

template <auto get, typename Of>
PackedTexts packed(std::size_t count, const Of& of) {
  PackedTexts texts;
  texts.offsets.reserve(count + 1);
  for (std::size_t i = 0; i < count; ++i) texts.add((of.*get)(static_cast<std::uint32_t>(i)));
  return texts;
}

template <std::string_view (Corpus::*get)(std::size_t) const>
PackedTexts of_events(const Corpus& corpus) {
  PackedTexts texts;
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) texts.add((corpus.*get)(i));
  return texts;
}

template <std::string_view (Corpus::*get)(UserId) const>
PackedTexts of_users(const Corpus& corpus) {
  return packed<get>(corpus.user_count(), corpus);
}

template <std::string_view (ItemCatalog::*get)(ItemId) const>
PackedTexts of_items(const Corpus& corpus) {
  return packed<get>(corpus.item_count(), corpus.catalog());
}

PackedTexts event_attributes(const Corpus& corpus) {
  PackedTexts texts;
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) texts.add(encode_attributes(corpus.attributes(i)));
  return texts;
}

PackedTexts user_attributes(const Corpus& corpus) {
  PackedTexts texts;
  for (UserId user = 0; user < corpus.user_count(); ++user) texts.add(encode_attributes(corpus.user_attributes(user)));
  return texts;
}

PackedTexts item_attributes(const Corpus& corpus) {
  PackedTexts texts;
  const ItemCatalog& catalog = corpus.catalog();
  for (ItemId item = 0; item < catalog.size(); ++item) texts.add(encode_attributes(catalog.attributes(item)));
  return texts;
}

PackedTexts item_categories(const Corpus& corpus) {
  PackedTexts texts;
  const ItemCatalog& catalog = corpus.catalog();
  for (ItemId item = 0; item < catalog.size(); ++item) {
    for (const std::string_view category : catalog.categories(item)) texts.add(category);
  }
  return texts;
}

struct TextRow {
  std::string_view name;
  PackedTexts (*pack)(const Corpus& corpus);
};

constexpr TextRow kTexts[] = {
    {"event.type", of_events<&Corpus::event>},
    {"event.review", of_events<&Corpus::review>},
    {"event.headline", of_events<&Corpus::headline>},
    {"event.attributes", event_attributes},
    {"user.key", of_users<&Corpus::user_key>},
    {"user.name", of_users<&Corpus::user_name>},
    {"user.attributes", user_attributes},
    {"item.key", of_items<&ItemCatalog::key>},
    {"item.title", of_items<&ItemCatalog::title>},
    {"item.brand", of_items<&ItemCatalog::brand>},
    {"item.description", of_items<&ItemCatalog::description>},
    {"item.attributes", item_attributes},
    {"item.category", item_categories},
};
constexpr std::size_t kTextCount = std::size(kTexts);

Error no_column(std::string_view column) {
  return not_found_error("a corpus has no such column", {.where = "'" + std::string(column) + "'"});
}

template <typename T>
NumbersView view_of(NumbersView::Type type, std::span<const T> values) {
  return {.type = type, .data = values.data(), .size = values.size()};
}

}  // namespace

struct CorpusTable::Impl {
  Impl(std::shared_ptr<const Corpus> opened, std::string from) : corpus(std::move(opened)), folder(std::move(from)) {
    const ItemCatalog& catalog = corpus->catalog();
    for (ItemId item = 0; item < catalog.size(); ++item) {
      prices.push_back(catalog.price(item));
      category_begins.push_back(category_begins.back() + catalog.categories(item).size());
    }
  }

  const std::shared_ptr<const Corpus> corpus;
  const std::string folder;
  std::vector<double> prices;
  std::vector<std::uint64_t> category_begins{0};
  std::array<std::once_flag, kTextCount> packed;
  std::array<PackedTexts, kTextCount> texts;
};

CorpusTable::CorpusTable(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CorpusTable::~CorpusTable() = default;
CorpusTable::CorpusTable(CorpusTable&&) noexcept = default;
CorpusTable& CorpusTable::operator=(CorpusTable&&) noexcept = default;

CorpusTable CorpusTable::open(const std::string& folder) {
  return CorpusTable(std::make_unique<Impl>(Corpus::open(folder), folder));
}

std::size_t CorpusTable::user_count() const { return impl_->corpus->user_count(); }
std::size_t CorpusTable::item_count() const { return impl_->corpus->item_count(); }
std::size_t CorpusTable::event_count() const { return impl_->corpus->interaction_count(); }
KeyKind CorpusTable::user_keys() const { return impl_->corpus->info().user_keys; }
KeyKind CorpusTable::item_keys() const { return impl_->corpus->info().item_keys; }

std::string CorpusTable::stats_json() const {
  CorpusStats stats = compute_stats(*impl_->corpus);
  stats.bytes = corpus_bytes(impl_->folder);
  return to_json(stats);
}

NumbersView CorpusTable::numbers(std::string_view column) const {
  using Type = NumbersView::Type;
  const Corpus& corpus = *impl_->corpus;
  if (column == "event.user") return view_of(Type::kUint32, corpus.users());
  if (column == "event.item") return view_of(Type::kUint32, corpus.items());
  if (column == "event.rating") return view_of(Type::kFloat32, corpus.ratings());
  if (column == "event.time") return view_of(Type::kInt64, corpus.times());
  if (column == "item.price") return view_of(Type::kFloat64, std::span<const double>(impl_->prices));
  if (column == "item.category_begin") {
    return view_of(Type::kUint64, std::span<const std::uint64_t>(impl_->category_begins));
  }
  throw no_column(column);
}

TextsView CorpusTable::texts(std::string_view column) const {
  const auto row = std::ranges::find(kTexts, column, &TextRow::name);
  if (row == std::end(kTexts)) throw no_column(column);
  const auto at = static_cast<std::size_t>(row - std::begin(kTexts));
  std::call_once(impl_->packed[at], [&] { impl_->texts[at] = row->pack(*impl_->corpus); });
  return impl_->texts[at].view();
}

}  // namespace p5
