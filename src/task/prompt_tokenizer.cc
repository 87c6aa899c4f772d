#include "task/prompt_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

// The tokens of every depth of the items' paths, each once and ascending.
TokenSets sets_by_depth(const ItemIndex& index) {
  TokenSets sets(index.longest_path());
  for (ItemId item = 0; item < index.size(); ++item) {
    const auto path = index.path(item);
    for (std::size_t depth = 0; depth < path.size(); ++depth) sets[depth].push_back(path[depth]);
  }
  for (std::vector<TokenId>& set : sets) {
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }
  return sets;
}

// Letters that can stand before a continuation. The first whose pieces stay the same is taken; more than one, because
// a vocabulary may hold a piece such as "0." that swallows the guard.
constexpr std::array<std::string_view, 4> kGuards = {"_", "0", "z", "#"};

}  // namespace

// A text in the making. History items remember their tokens and those of the separator behind them, for shortening.
struct PromptTokenizer::Tokens {
  struct Span {
    std::size_t begin, item_end, end;
  };
  std::vector<TokenId> ids;
  std::vector<std::uint8_t> starts_word;  // [ids.size()]
  std::vector<std::uint16_t> depth;       // [ids.size()] place in an item's path, from 1; 0 = no item's token
  std::vector<Span> history;

  // A token that is a word and no item's.
  void append_word(TokenId token) {
    ids.push_back(token);
    starts_word.push_back(1);
    depth.push_back(0);
  }
};

PromptTokenizer::PromptTokenizer(std::shared_ptr<const Vocabulary> vocabulary, std::shared_ptr<const ItemIndex> index,
                                 const PromptTokenizerOptions& options)
    : vocabulary_(std::move(vocabulary)), index_(std::move(index)), options_(options) {
  const std::size_t needed = index_->longest_path() + 1;
  if (needed > static_cast<std::size_t>(options_.max_target)) {
    throw usage_error("the longest item id does not fit an answer", {.where = "task.max_target",
                                                                     .expected = fmt::format("{} or more", needed),
                                                                     .got = std::to_string(options_.max_target)});
  }
  if (const auto first = vocabulary_->id_token(user_text(0))) {
    first_user_token_ = *first;
    const auto names =
        vocabulary_->id_tokens().subspan(static_cast<std::size_t>(*first - vocabulary_->first_id_token()));
    while (user_tokens_ < names.size() && names[user_tokens_] == user_text(user_tokens_)) ++user_tokens_;
  }
  if (options_.trie_softmax) token_sets_ = std::make_shared<const TokenSets>(sets_by_depth(*index_));
}

void PromptTokenizer::append_words(const std::string& words, bool after_item, Tokens& out) const {
  const Tokenizer& tokenizer = vocabulary_->tokenizer();
  const std::size_t begin = out.ids.size();
  const bool continues = after_item && words.find_first_of(" \t\n") != 0;
  bool done = false;
  if (continues) {
    std::vector<TokenId> guard, guarded;
    for (auto letter = kGuards.begin(); letter != kGuards.end() && !done; ++letter) {
      guard.clear();
      guarded.clear();
      tokenizer.encode(*letter, guard);
      tokenizer.encode(std::string(*letter) + words, guarded);
      done = guarded.size() > guard.size() && std::equal(guard.begin(), guard.end(), guarded.begin());
      if (done) {
        out.ids.insert(out.ids.end(), guarded.begin() + static_cast<std::ptrdiff_t>(guard.size()), guarded.end());
      }
    }
  }
  if (!done) tokenizer.encode(words, out.ids);
  for (std::size_t i = begin; i < out.ids.size(); ++i) out.starts_word.push_back(vocabulary_->begins_word(out.ids[i]));
  out.depth.resize(out.ids.size(), 0);
}

void PromptTokenizer::append_item(ItemId item, Tokens& out) const {
  const auto path = index_->path(item);
  out.ids.insert(out.ids.end(), path.begin(), path.end());
  out.starts_word.resize(out.ids.size(), 0);
  out.starts_word[out.ids.size() - path.size()] = 1;
  for (std::size_t depth = 1; depth <= path.size(); ++depth) out.depth.push_back(static_cast<std::uint16_t>(depth));
}

std::optional<TokenId> PromptTokenizer::user_token(std::uint32_t user) const {
  if (user >= user_tokens_) return std::nullopt;
  return first_user_token_ + static_cast<TokenId>(user);
}

void PromptTokenizer::append(const RenderedText& text, Tokens& out) const {
  std::string words;
  bool after_item = false, separator = false;  // `separator`: the words belong to the history's last item
  const auto flush = [&] {
    if (!words.empty()) append_words(words, after_item, out);
    if (separator) out.history.back().end = out.ids.size();
    words.clear();
    separator = false;
  };
  for (const Mention& mention : text) {
    const bool user = mention.kind == Mention::Kind::kUser;
    const std::optional<TokenId> token = user ? user_token(mention.id) : std::nullopt;
    if (mention.kind != Mention::Kind::kItem && !token) {
      separator = mention.list == Mention::List::kHistory;
      words += user ? user_text(mention.id) : mention.text;
      continue;
    }
    flush();
    if (token) {
      out.append_word(*token);
      after_item = true;
      continue;
    }
    const std::size_t begin = out.ids.size();
    append_item(mention.id, out);
    if (mention.list == Mention::List::kHistory) out.history.push_back({begin, out.ids.size(), out.ids.size()});
    after_item = true;
  }
  flush();
}

void PromptTokenizer::shorten(Tokens& tokens) const {
  const auto limit = static_cast<std::size_t>(options_.max_source) - 1;  // room for the end token
  if (tokens.ids.size() <= limit) return;
  // The oldest items go first, each with the separator between it and the rest of its list.
  const auto& history = tokens.history;
  const auto droppable = [&](std::size_t place) -> std::pair<std::size_t, std::size_t> {
    const Tokens::Span& span = history[place];
    if (!options_.newest_first) return {span.begin, span.end};
    const bool follows = place > 0 && history[place - 1].end == span.begin;
    return {follows ? history[place - 1].item_end : span.begin, span.item_end};
  };
  std::vector<std::uint8_t> kept(tokens.ids.size(), 1);
  std::size_t excess = tokens.ids.size() - limit, dropped = 0;
  for (; dropped + 1 < history.size() && excess > 0; ++dropped) {
    const auto [begin, end] = droppable(options_.newest_first ? history.size() - 1 - dropped : dropped);
    for (std::size_t i = begin; i < end; ++i) kept[i] = 0;
    excess -= std::min(excess, end - begin);
  }
  std::size_t size = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i] == 0) continue;
    tokens.ids[size] = tokens.ids[i];
    tokens.starts_word[size++] = tokens.starts_word[i];
  }
  tokens.ids.resize(size);
  tokens.starts_word.resize(size);
  if (dropped > 0) shortened_.fetch_add(1, std::memory_order_relaxed);
  if (excess > 0) overlong_.fetch_add(1, std::memory_order_relaxed);
}

std::vector<std::int32_t> PromptTokenizer::whole_words(const Tokens& tokens) const {
  std::vector<std::int32_t> words;
  if (options_.whole_word_rows <= 0) return words;
  words.reserve(tokens.ids.size() + 1);
  std::int32_t word = 0;
  for (const std::uint8_t starts : tokens.starts_word) {
    if (starts != 0) word = std::min(word + 1, options_.whole_word_rows - 1);
    words.push_back(word);
  }
  words.push_back(0);  // the end token
  return words;
}

TokenRow PromptTokenizer::source_row(const RenderedText& source) const {
  Tokens tokens;
  append(source, tokens);
  shorten(tokens);
  TokenRow row;
  row.whole_word = whole_words(tokens);
  row.source = std::move(tokens.ids);
  row.source.push_back(kEndToken);
  return row;
}

// How many of `size` target tokens fit task.max_target without cutting an item of a list in two.
std::size_t PromptTokenizer::whole_items(const RenderedText& target, std::size_t size) const {
  const auto limit = static_cast<std::size_t>(options_.max_target) - 1;
  if (size <= limit) return size;
  std::size_t kept = 0;
  for (const Mention& mention : target) {
    if (mention.kind != Mention::Kind::kItem || kept + index_->path(mention.id).size() > limit) break;
    kept += index_->path(mention.id).size();
  }
  return kept > 0 ? kept : limit;
}

TokenRow PromptTokenizer::row(const TaskExample& example, std::int16_t family) const {
  TokenRow row = source_row(example.source);
  row.family = family;
  if (example.target.empty()) return row;
  Tokens target;
  append(example.target, target);
  row.target = std::move(target.ids);
  row.target.resize(whole_items(example.target, row.target.size()));
  if (token_sets_) {
    row.target_set = std::move(target.depth);
    row.target_set.resize(row.target.size());
    row.target_set.push_back(0);
  }
  row.target.push_back(kEndToken);
  return row;
}

std::string to_text(const RenderedText& rendered, const ItemIndex& index) {
  return to_text(rendered, [&index](std::uint32_t item) { return index.name(item); });
}

}  // namespace p5
