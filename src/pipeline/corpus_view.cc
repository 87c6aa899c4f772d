#include "pipeline/corpus_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "base/option_table.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::size_t kLatest = 3;  // events that a sample shows of each user

std::string_view name_of(Part part) {
  switch (part) {
    case Part::kTrain:
      return "train";
    case Part::kValid:
      return "valid";
    case Part::kTest:
      return "test";
    case Part::kUnused:
      break;
  }
  return "unused";
}

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& letter : small) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  return small;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \t\n\r", begin), text.size());
    if (end > begin) words.push_back(lower(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return words;
}

bool is_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || (letter & 0x80) != 0;
}

// How well a text has a word: 3 as a word of its own, 2 where a word begins with it, 1 inside a word, 0 not at all.
int match(const std::string& text, const std::string& word) {
  int best = 0;
  for (std::size_t at = text.find(word); at != std::string::npos && best < 3; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_letter(text[at - 1]), ends = end == text.size() || !is_letter(text[end]);
    best = std::max(best, begins ? (ends ? 3 : 2) : 1);
  }
  return best;
}

// The texts of an item that words are looked for in, in lower case, with their weights: a title says more than a
// category.
struct SearchedItem {
  SearchedItem(const ItemCatalog& catalog, ItemId item)
      : key(lower(catalog.key(item))),
        title(lower(catalog.title(item))),
        brand(lower(catalog.brand(item))),
        categories(lower(fmt::format("{}", fmt::join(catalog.categories(item), "\n")))) {}

  // 0 unless every word is found.
  int score(const std::vector<std::string>& words) const {
    int sum = 0;
    for (const std::string& word : words) {
      const int best = std::max({4 * match(title, word), 3 * match(brand, word), 2 * match(categories, word),
                                 key == word ? 20 : match(key, word)});
      if (best == 0) return 0;
      sum += best;
    }
    return sum;
  }

  std::string key, title, brand, categories;
};

Error unknown_key(std::string_view kind, const std::string& key, const std::vector<std::string>& known) {
  const auto nearest = nearest_name(key, known);
  return not_found_error(fmt::format("no such {}", kind),
                         {.where = "'" + key + "'",
                          .expected = fmt::format("the key of {} {} of the corpus{}", kind == "item" ? "an" : "a", kind,
                                                  nearest ? "; did you mean '" + *nearest + "'?" : "")});
}

}  // namespace

ViewedEvent CorpusView::view_event(std::size_t interaction) const {
  const Corpus& corpus = *data_.corpus;
  const ItemId item = corpus.items()[interaction];
  return {.user = std::string(corpus.user_key(corpus.users()[interaction])),
          .item = std::string(corpus.catalog().key(item)),
          .title = std::string(corpus.catalog().title(item)),
          .time_ms = corpus.times()[interaction],
          .rating = corpus.ratings()[interaction],
          .event = std::string(corpus.event(interaction)),
          .ranking = std::string(name_of(data_.ranking->part_of(interaction))),
          .reviews = std::string(name_of(data_.reviews->part_of(interaction)))};
}

ViewedUser CorpusView::view_user(UserId user, std::size_t events) const {
  const Corpus& corpus = *data_.corpus;
  const Corpus::Range range = corpus.range_of(user);
  ViewedUser viewed{.key = std::string(corpus.user_key(user)),
                    .name = std::string(corpus.user_name(user)),
                    .attributes = corpus.user_attributes(user),
                    .event_count = range.size()};
  for (std::size_t i = range.end - std::min(events, range.size()); i < range.end; ++i) {
    viewed.events.push_back(view_event(i));
  }
  return viewed;
}

ViewedItem CorpusView::view_item(ItemId item, std::size_t events) const {
  const Corpus& corpus = *data_.corpus;
  const ItemCatalog& catalog = corpus.catalog();
  ViewedItem viewed{.key = std::string(catalog.key(item)),
                    .title = std::string(catalog.title(item)),
                    .brand = std::string(catalog.brand(item)),
                    .description = std::string(catalog.description(item)),
                    .attributes = catalog.attributes(item)};
  for (const std::string_view category : catalog.categories(item)) viewed.categories.emplace_back(category);
  if (const double price = catalog.price(item); std::isfinite(price)) viewed.price = price;
  std::vector<std::size_t> positions;
  std::unordered_set<UserId> users;
  double sum = 0;
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    if (corpus.items()[i] != item) continue;
    positions.push_back(i);
    users.insert(corpus.users()[i]);
    if (!std::isfinite(corpus.ratings()[i])) continue;
    sum += static_cast<double>(corpus.ratings()[i]);
    ++viewed.rated;
  }
  viewed.event_count = positions.size();
  viewed.user_count = users.size();
  viewed.mean_rating = viewed.rated == 0 ? 0 : sum / static_cast<double>(viewed.rated);
  std::ranges::stable_sort(positions,
                           [&](std::size_t a, std::size_t b) { return corpus.times()[a] < corpus.times()[b]; });
  for (std::size_t i = positions.size() - std::min(events, positions.size()); i < positions.size(); ++i) {
    viewed.events.push_back(view_event(positions[i]));
  }
  return viewed;
}

std::vector<std::size_t> CorpusView::events_per_item() const {
  std::vector<std::size_t> counts(data_.corpus->item_count());
  for (const ItemId item : data_.corpus->items()) ++counts[item];
  return counts;
}

CorpusSample CorpusView::sample() const {
  const Corpus& corpus = *data_.corpus;
  CorpusSample sample{.corpus = corpus.info().name,
                      .user_count = corpus.user_count(),
                      .item_count = corpus.item_count(),
                      .event_count = corpus.interaction_count()};
  const std::size_t users = std::min(limit_, corpus.user_count());
  for (std::size_t i = 0; i < users; ++i) {
    sample.users.push_back(view_user(static_cast<UserId>(i * corpus.user_count() / users), kLatest));
  }
  const std::vector<std::size_t> counts = events_per_item();
  std::vector<ItemId> items(corpus.item_count());
  for (ItemId item = 0; item < items.size(); ++item) items[item] = item;
  std::ranges::stable_sort(items, [&](ItemId a, ItemId b) { return counts[a] > counts[b]; });
  items.resize(std::min(limit_, items.size()));
  for (const ItemId item : items) sample.items.push_back(view_item(item, 0));
  return sample;
}

ViewedUser CorpusView::user(const std::string& key) const {
  const Corpus& corpus = *data_.corpus;
  if (const auto user = corpus.find_user(key)) return view_user(*user, limit_);
  std::vector<std::string> keys;
  for (UserId user = 0; user < corpus.user_count(); ++user) keys.emplace_back(corpus.user_key(user));
  throw unknown_key("user", key, keys);
}

ViewedItem CorpusView::item(const std::string& key) const {
  const ItemCatalog& catalog = data_.corpus->catalog();
  if (const auto item = catalog.find(key)) return view_item(*item, limit_);
  std::vector<std::string> keys;
  for (ItemId item = 0; item < catalog.size(); ++item) keys.emplace_back(catalog.key(item));
  throw unknown_key("item", key, keys);
}

CorpusSample CorpusView::find(const std::string& words) const {
  const Corpus& corpus = *data_.corpus;
  const std::vector<std::string> wanted = words_of(words);
  if (wanted.empty()) throw usage_error("no words to find", {.where = "--find", .expected = "a word or more"});
  CorpusSample found{.corpus = corpus.info().name, .words = words};
  const std::vector<std::size_t> counts = events_per_item();
  std::vector<std::pair<int, ItemId>> items;
  for (ItemId item = 0; item < corpus.item_count(); ++item) {
    const int score = SearchedItem(corpus.catalog(), item).score(wanted);
    if (score > 0) items.emplace_back(score, item);
  }
  std::ranges::stable_sort(items, [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : counts[a.second] > counts[b.second];
  });
  found.item_count = items.size();
  items.resize(std::min(limit_, items.size()));
  for (const auto& [score, item] : items) found.items.push_back(view_item(item, 0));
  const std::string prefix = lower(words);
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    if (!lower(corpus.user_key(user)).starts_with(prefix)) continue;
    if (found.user_count++ < limit_) found.users.push_back(view_user(user, kLatest));
  }
  return found;
}

}  // namespace p5
