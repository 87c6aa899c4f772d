// Corpora as columns.
#include "capi/guard.h"
#include "capi/texts.h"
#include "capi/work.h"
#include "p5/c_api.h"
#include "p5/corpus_table.h"
#include "p5/json_calls.h"

using p5::capi::copied;
using p5::capi::guarded;
using p5::capi::require;
using p5::capi::view_of;

struct p5_corpus {
  p5::CorpusTable table;
};

namespace {

template <typename T>
std::span<const T> numbers(const T* values, std::uint64_t count) {
  return values == nullptr ? std::span<const T>() : std::span<const T>(values, count);
}

p5::EventColumns events_of(const p5_table& table) {
  return {.users = view_of(table.users, "events.users"),
          .items = view_of(table.items, "events.items"),
          .ratings = numbers(table.ratings, table.users.count),
          .times_ms = numbers(table.times_ms, table.users.count),
          .types = view_of(table.types, "events.types"),
          .reviews = view_of(table.reviews, "events.reviews"),
          .headlines = view_of(table.headlines, "events.headlines"),
          .attributes = view_of(table.event_attributes, "events.attributes")};
}

p5::ItemColumns items_of(const p5_table& table) {
  const std::uint64_t count = table.item_keys.count;
  return {.keys = view_of(table.item_keys, "items.keys"),
          .titles = view_of(table.item_titles, "items.titles"),
          .brands = view_of(table.item_brands, "items.brands"),
          .descriptions = view_of(table.item_descriptions, "items.descriptions"),
          .prices = numbers(table.item_prices, count),
          .categories = view_of(table.item_categories, "items.categories"),
          .category_begins = numbers(table.item_category_begins, count + 1),
          .attributes = view_of(table.item_attributes, "items.attributes")};
}

p5::UserColumns users_of(const p5_table& table) {
  return {.keys = view_of(table.user_keys, "users.keys"),
          .names = view_of(table.user_names, "users.names"),
          .attributes = view_of(table.user_attributes, "users.attributes")};
}

int32_t type_of(p5::NumbersView::Type type) {
  switch (type) {
    case p5::NumbersView::Type::kUint32:
      return P5_UINT32;
    case p5::NumbersView::Type::kInt64:
      return P5_INT64;
    case p5::NumbersView::Type::kUint64:
      return P5_UINT64;
    case p5::NumbersView::Type::kFloat32:
      return P5_FLOAT32;
    case p5::NumbersView::Type::kFloat64:
      break;
  }
  return P5_FLOAT64;
}

}  // namespace

extern "C" {

int p5_import_table(const p5_table* table, const char* request, const p5_work* work, char** report) {
  return guarded([&] {
    require(table, "table");
    require(request, "request");
    require(report, "report");
    const p5::capi::Work scope(work);
    p5::TableImportRequest wanted = p5::table_import_request_of(request);
    wanted.events = events_of(*table);
    wanted.items = items_of(*table);
    wanted.users = users_of(*table);
    wanted.stop = scope.stop();
    *report = copied(p5::import_table(wanted).json);
  });
}

int p5_corpus_open(const char* folder, p5_corpus** corpus) {
  return guarded([&] {
    require(folder, "folder");
    require(corpus, "corpus");
    *corpus = new p5_corpus{p5::CorpusTable::open(folder)};
  });
}

int p5_corpus_texts(const p5_corpus* corpus, const char* column, p5_texts* texts) {
  return guarded([&] {
    require(corpus, "corpus");
    require(column, "column");
    require(texts, "texts");
    *texts = p5::capi::texts_of(corpus->table.texts(column));
  });
}

int p5_corpus_numbers(const p5_corpus* corpus, const char* column, p5_numbers* numbers) {
  return guarded([&] {
    require(corpus, "corpus");
    require(column, "column");
    require(numbers, "numbers");
    const p5::NumbersView view = corpus->table.numbers(column);
    *numbers = {view.data, view.size, type_of(view.type)};
  });
}

int32_t p5_corpus_integer_users(const p5_corpus* corpus) {
  return corpus->table.user_keys() == p5::KeyKind::kInteger ? 1 : 0;
}

int32_t p5_corpus_integer_items(const p5_corpus* corpus) {
  return corpus->table.item_keys() == p5::KeyKind::kInteger ? 1 : 0;
}

void p5_corpus_free(p5_corpus* corpus) { delete corpus; }

}  // extern "C"
