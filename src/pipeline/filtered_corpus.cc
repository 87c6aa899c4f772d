#include "pipeline/filtered_corpus.h"

#include <vector>

#include "base/file.h"
#include "corpus/attribute_json.h"
#include "corpus/corpus_writer.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr UserId kGone = static_cast<UserId>(-1);

std::vector<UserId> new_numbers(const Corpus& corpus, const std::set<std::string, std::less<>>& keys,
                                CorpusWriter& writer) {
  std::vector<UserId> numbers(corpus.user_count(), kGone);
  UserId next = 0;
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    if (keys.contains(corpus.user_key(user))) continue;
    numbers[user] = next++;
    const std::string attributes = encode_attributes(corpus.user_attributes(user));
    writer.add_user({.key = corpus.user_key(user), .name = corpus.user_name(user), .attributes = attributes});
  }
  return numbers;
}

void add_item(const ItemCatalog& catalog, ItemId item, CorpusWriter& writer) {
  const std::vector<std::string_view> categories = catalog.categories(item);
  const std::string attributes = encode_attributes(catalog.attributes(item));
  writer.add_item({.key = catalog.key(item),
                   .title = catalog.title(item),
                   .brand = catalog.brand(item),
                   .description = catalog.description(item),
                   .price = catalog.price(item),
                   .categories = categories,
                   .attributes = attributes});
}

// Items with events come first; those that only the removed users had follow them.
std::vector<ItemId> write_items(const Corpus& corpus, const std::vector<UserId>& users, CorpusWriter& writer) {
  std::vector<bool> with_events(corpus.item_count());
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    if (users[corpus.users()[i]] != kGone) with_events[corpus.items()[i]] = true;
  }
  std::vector<ItemId> numbers(corpus.item_count());
  ItemId next = 0;
  for (const bool wanted : {true, false}) {
    for (ItemId item = 0; item < corpus.item_count(); ++item) {
      if (with_events[item] != wanted) continue;
      numbers[item] = next++;
      add_item(corpus.catalog(), item, writer);
    }
  }
  return numbers;
}

}  // namespace

RemovedUsers write_without_users(const Corpus& corpus, const std::set<std::string, std::less<>>& keys,
                                 const std::filesystem::path& out) {
  AtomicDirectory folder(out, AtomicDirectory::Existing::kReplace);
  const auto parts = corpus.given_parts();
  CorpusWriter writer(folder.path(), {.weights = !corpus.weights().empty(), .parts = !parts.empty()});
  const std::vector<UserId> users = new_numbers(corpus, keys, writer);
  const std::vector<ItemId> items = write_items(corpus, users, writer);
  RemovedUsers removed;
  for (const UserId number : users) removed.users += number == kGone;
  if (removed.users == corpus.user_count()) {
    throw usage_error("nobody would be left in the corpus",
                      {.where = out.string(), .expected = "fewer users to forget"});
  }
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    const UserId user = users[corpus.users()[i]];
    if (user == kGone) {
      ++removed.events;
      continue;
    }
    const std::string attributes = encode_attributes(corpus.attributes(i));
    writer.add_interaction({.user = user,
                            .item = items[corpus.items()[i]],
                            .rating = corpus.ratings()[i],
                            .time_ms = corpus.times()[i],
                            .event = corpus.event(i),
                            .review = corpus.review(i),
                            .headline = corpus.headline(i),
                            .attributes = attributes,
                            .weight = corpus.weight(i),
                            .part = parts.empty() ? std::uint8_t{0} : parts[i]});
  }
  writer.finish(corpus.info());
  folder.commit();
  return removed;
}

}  // namespace p5
