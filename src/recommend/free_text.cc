#include "recommend/free_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "base/option_table.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::string_view kUserPrefix = "user_";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

// "toy story" of "toy story (1995)"; the same where there is no year.
std::string_view without_year(std::string_view title) {
  constexpr std::size_t kYear = 7;  // " (1995)"
  if (title.size() <= kYear) return title;
  const std::string_view end = title.substr(title.size() - kYear);
  const bool year = end.starts_with(" (") && end.back() == ')' && std::all_of(end.begin() + 2, end.end() - 1, is_digit);
  return year ? title.substr(0, title.size() - kYear) : title;
}

// Whether a bare word can be a key: plain words and numbers are words of the prompt.
bool looks_like_key(const std::string& word) {
  const bool letter =
      std::any_of(word.begin(), word.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
  return letter && std::any_of(word.begin(), word.end(), is_digit);
}

// "item_" of "item_1014"; empty where the name does not end in a number.
std::string_view prefix_of(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789");
  return end == std::string_view::npos || end + 1 == name.size() ? std::string_view() : name.substr(0, end + 1);
}

bool is_numbered(std::string_view word, std::string_view prefix) {
  return !prefix.empty() && word.size() > prefix.size() && word.starts_with(prefix) &&
         std::all_of(word.begin() + static_cast<std::ptrdiff_t>(prefix.size()), word.end(), is_digit);
}

}  // namespace

const FreeText::Names& FreeText::names() const {
  std::call_once(listed_, [this] {
    const ItemCatalog& catalog = corpus_->catalog();
    for (ItemId item = 0; item < index_->size(); ++item) {
      names_.ids.emplace(index_->name(item), item);
      if (item >= catalog.size() || catalog.title(item).empty()) continue;
      const std::string title = lower(catalog.title(item));
      names_.titles[title].push_back(item);
      const std::string bare(without_year(title));
      if (bare.size() < title.size()) names_.titles[bare].push_back(item);
    }
  });
  return names_;
}

std::optional<Mention> FreeText::mention_of(const std::string& word) const {
  const auto& ids = names().ids;
  const auto of_item = [](ItemId item) { return Mention{.kind = Mention::Kind::kItem, .id = item}; };
  const auto of_user = [](UserId user) { return Mention{.kind = Mention::Kind::kUser, .id = user}; };
  if (const auto found = ids.find(word); found != ids.end()) return of_item(found->second);
  if (index_->size() > 0 && is_numbered(word, prefix_of(index_->name(0)))) {
    throw not_found_error("no item has this id", {.where = "'" + word + "'",
                                                  .expected = fmt::format("an id of the run, such as {}, a key, or a "
                                                                          "title in quotes",
                                                                          index_->name(0))});
  }
  if (is_numbered(word, kUserPrefix)) {
    std::uint64_t number = 0;
    std::from_chars(word.data() + kUserPrefix.size(), word.data() + word.size(), number);
    if (number >= 1 && number <= corpus_->user_count()) return of_user(static_cast<UserId>(number - 1));
    throw not_found_error(
        "no user has this id",
        {.where = "'" + word + "'", .expected = fmt::format("user_1 to user_{}, or a key", corpus_->user_count())});
  }
  if (!looks_like_key(word)) return std::nullopt;
  if (const auto item = corpus_->catalog().find(word); item && *item < index_->size()) return of_item(*item);
  if (const auto user = corpus_->find_user(word)) return of_user(*user);
  return std::nullopt;
}

std::vector<ItemId> FreeText::beginning_with(const std::string& title) const {
  std::vector<ItemId> items;
  for (const auto& [known, of] : names().titles) {
    if (known.starts_with(title)) items.insert(items.end(), of.begin(), of.end());
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

// None where no item is called so; throws where several are.
std::optional<ItemId> FreeText::item_called(const std::string& quoted) const {
  const ItemCatalog& catalog = corpus_->catalog();
  if (const auto item = catalog.find(quoted); item && *item < index_->size()) return item;
  const std::string title = lower(quoted);
  const auto found = names().titles.find(title);
  const std::vector<ItemId> items = found != names().titles.end() ? found->second : beginning_with(title);
  if (items.empty()) return std::nullopt;
  if (items.size() == 1) return items.front();
  constexpr std::size_t kShown = 3;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(kShown, items.size()); ++i) {
    shown.push_back(fmt::format("{} ({})", catalog.key(items[i]), catalog.title(items[i])));
  }
  throw not_found_error(
      fmt::format("{} items have a title that begins so", items.size()),
      {.where = "'" + quoted + "'", .expected = fmt::format("a key, such as {}", fmt::join(shown, ", "))});
}

// A quotation begins where a word may begin and ends before what cannot continue one, so that apostrophes are none.
std::optional<FreeText::Quotation> FreeText::quotation_at(const std::string& text, std::size_t begin) {
  const char quote = text[begin];
  if (quote != '\'' && quote != '"') return std::nullopt;
  if (begin > 0 && is_name_letter(text[begin - 1])) return std::nullopt;
  for (std::size_t end = begin + 1; (end = text.find(quote, end)) != std::string::npos; ++end) {
    if (end + 1 < text.size() && is_name_letter(text[end + 1])) continue;
    if (end == begin + 1) return std::nullopt;
    return Quotation{.text = text.substr(begin + 1, end - begin - 1), .end = end + 1};
  }
  return std::nullopt;
}

Error FreeText::unknown_title(const std::string& quoted) const {
  std::vector<std::string> titles;
  for (const auto& [title, items] : names().titles) titles.push_back(title);
  const auto nearest = nearest_name(lower(quoted), titles);
  std::string expected = "a title or a key of the corpus";
  if (nearest) {
    expected += fmt::format(", perhaps '{}'", corpus_->catalog().title(names().titles.at(*nearest).front()));
  }
  return not_found_error("no item has this title or key", {.where = "'" + quoted + "'", .expected = expected});
}

RenderedText FreeText::parse(const std::string& text) const {
  constexpr std::size_t kShortest = 3;  // letters of a quotation that must name an item: rock 'n' roll
  RenderedText mentions;
  std::string words;
  const auto add = [&](Mention mention) {
    if (!words.empty()) mentions.push_back({.kind = Mention::Kind::kText, .text = std::exchange(words, {})});
    mentions.push_back(std::move(mention));
  };
  for (std::size_t i = 0; i < text.size();) {
    if (const auto quoted = quotation_at(text, i)) {
      const auto item = item_called(quoted->text);
      if (!item && quoted->text.size() >= kShortest) throw unknown_title(quoted->text);
      if (item) {
        add({.kind = Mention::Kind::kItem, .id = *item});
        i = quoted->end;
        continue;
      }
    }
    std::size_t end = i;
    while (end < text.size() && is_name_letter(text[end])) ++end;
    auto mention = end > i ? mention_of(text.substr(i, end - i)) : std::nullopt;
    if (mention) {
      add(std::move(*mention));
    } else {
      end = std::max(end, i + 1);
      words.append(text, i, end - i);
    }
    i = end;
  }
  if (!words.empty()) mentions.push_back({.kind = Mention::Kind::kText, .text = std::move(words)});
  return mentions;
}

}  // namespace p5
