#include "pipeline/corpus_records.h"

#include <string>
#include <string_view>

namespace p5 {

ItemRecord item_record(const Corpus& corpus, ItemId item) {
  const ItemCatalog& catalog = corpus.catalog();
  ItemRecord record{.key = std::string(catalog.key(item)),
                    .title = std::string(catalog.title(item)),
                    .brand = std::string(catalog.brand(item)),
                    .description = std::string(catalog.description(item)),
                    .price = catalog.price(item),
                    .attributes = catalog.attributes(item)};
  for (const std::string_view category : catalog.categories(item)) record.categories.emplace_back(category);
  return record;
}

UserRecord user_record(const Corpus& corpus, UserId user) {
  return {.key = std::string(corpus.user_key(user)),
          .name = std::string(corpus.user_name(user)),
          .attributes = corpus.user_attributes(user)};
}

Interaction event_record(const Corpus& corpus, std::size_t interaction) {
  return {.user = std::string(corpus.user_key(corpus.users()[interaction])),
          .item = std::string(corpus.catalog().key(corpus.items()[interaction])),
          .rating = corpus.ratings()[interaction],
          .time_ms = corpus.times()[interaction],
          .event = std::string(corpus.event(interaction)),
          .review = std::string(corpus.review(interaction)),
          .headline = std::string(corpus.headline(interaction)),
          .attributes = corpus.attributes(interaction)};
}

}  // namespace p5
