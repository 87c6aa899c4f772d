#include "task/prompt_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

// Letters that can precede a continuation. The first whose pieces stay the same is used. There are several because a
// vocabulary may have a piece such as "0." that merges with the guard.
constexpr std::array<std::string_view, 4> kGuards = {"_", "0", "z", "#"};

void require_own_last_tokens(const ItemIndex& index, std::size_t vocabulary) {
  const auto nobody = static_cast<ItemId>(index.size());
  std::vector<ItemId> named(vocabulary, nobody);
  for (ItemId item = 0; item < index.size(); ++item) {
    const ItemId other = std::exchange(named[static_cast<std::size_t>(index.path(item).back())], item);
    if (other == nobody) continue;
    throw usage_error("two items have one last token, so it names neither",
                      {.where = "task.short_items",
                       .expected = "ids that end in a token of the item's own, as of index.scheme = hybrid",
                       .got = fmt::format("'{}' ids, {} and {}", index.scheme(), index.name(other), index.name(item))});
  }
}

}  // namespace

PromptTokenizer::PromptTokenizer(std::shared_ptr<const Vocabulary> vocabulary, std::shared_ptr<const ItemIndex> index,
                                 const PromptTokenizerOptions& options)
    : vocabulary_(std::move(vocabulary)), index_(std::move(index)), options_(options) {
  const std::size_t longest = index_->longest_path(), given = options_.short_items ? 1 : longest;
  const std::size_t needed = static_cast<std::size_t>(options_.repeat_items) * given + longest + 1;
  if (needed > static_cast<std::size_t>(options_.max_target)) {
    throw usage_error("the longest item id, after the items that answers repeat, does not fit an answer",
                      {.where = "task.max_target",
                       .expected = fmt::format("{} or more", needed),
                       .got = std::to_string(options_.max_target)});
  }
  if (options_.short_items) require_own_last_tokens(*index_, vocabulary_->size());
}

const TargetSets* PromptTokenizer::target_sets() const {
  if (!options_.trie_softmax) return nullptr;
  std::call_once(target_sets_made_, [this] {
    const auto by = options_.parallel_codes ? TargetSets::By::kPosition : TargetSets::By::kBeginning;
    target_sets_ = std::make_unique<const TargetSets>(*index_, by);
  });
  return target_sets_.get();
}

void PromptTokenizer::append_words(const std::string& words, bool after_item, TokenText& out) const {
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

std::optional<TokenId> PromptTokenizer::own_token(const Mention& mention) const {
  if (mention.kind == Mention::Kind::kUser) {
    const TokenRange users = vocabulary_->users();
    std::uint32_t number = user_number(mention.id);
    if (!options_.user_groups.empty()) {
      if (number >= options_.user_groups.size()) return std::nullopt;
      number = options_.user_groups[number];
    }
    return number < users.size() ? std::optional(users.begin + static_cast<TokenId>(number)) : std::nullopt;
  }
  if (mention.kind != Mention::Kind::kSentinel) return std::nullopt;
  const TokenRange sentinels = vocabulary_->sentinels();
  if (mention.id >= sentinels.size()) {
    throw usage_error(
        "the vocabulary has no such sentinel",
        {.expected = fmt::format("one of {}, from 0", sentinels.size()), .got = std::to_string(mention.id)});
  }
  return sentinels.end - 1 - static_cast<TokenId>(mention.id);  // T5 counts them backwards from the end
}

std::string PromptTokenizer::words_of(const Mention& mention) const {
  if (mention.kind == Mention::Kind::kItem) return std::string(kNewItemText);
  return mention.kind == Mention::Kind::kUser ? user_text(user_number(mention.id)) : mention.text;
}

std::span<const TokenId> PromptTokenizer::path_of(ItemId item, Items items) const {
  const auto path = index_->path(item);
  return items == Items::kGiven && options_.short_items ? path.last(1) : path;
}

std::vector<TokenId> PromptTokenizer::given_tokens(std::span<const ItemId> items) const {
  std::vector<TokenId> tokens;
  for (const ItemId item : items) {
    const auto path = path_of(item, Items::kGiven);
    tokens.insert(tokens.end(), path.begin(), path.end());
  }
  return tokens;
}

void PromptTokenizer::append(std::span<const Mention> text, Items items, TokenText& out) const {
  std::string words;
  bool after_item = false, separator = false;  // `separator`: the words belong to the history's last item
  const auto flush = [&] {
    if (!words.empty()) append_words(words, after_item, out);
    if (separator) out.history.back().end = out.ids.size();
    words.clear();
    separator = false;
  };
  for (const Mention& mention : text) {
    const std::optional<TokenId> token = own_token(mention);
    if (!has_path(mention) && !token) {
      separator = mention.list == Mention::List::kHistory && !out.history.empty();
      words += words_of(mention);
      continue;
    }
    flush();
    if (token) {
      out.append_token(*token, vocabulary_->begins_word(*token));
      after_item = true;
      continue;
    }
    const std::size_t begin = out.ids.size();
    out.append_item(path_of(mention.id, items));
    if (mention.list == Mention::List::kHistory) out.history.push_back({begin, out.ids.size(), out.ids.size()});
    after_item = true;
  }
  flush();
}

void PromptTokenizer::shorten(TokenText& text) const {
  const auto limit = static_cast<std::size_t>(options_.max_source) - 1;  // one is left for the end token
  const auto [dropped, excess] =
      text.shorten(limit, options_.newest_first ? TokenText::Order::kNewestFirst : TokenText::Order::kOldestFirst);
  if (dropped > 0) shortened_.fetch_add(1, std::memory_order_relaxed);
  if (excess > 0) overlong_.fetch_add(1, std::memory_order_relaxed);
}

std::vector<std::int32_t> PromptTokenizer::whole_words(const TokenText& tokens) const {
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
  TokenText tokens;
  append(source, Items::kGiven, tokens);
  shorten(tokens);
  TokenRow row;
  row.whole_word = whole_words(tokens);
  row.source = std::move(tokens.ids);
  row.source.push_back(kEndToken);
  row.user_prompt.assign(options_.user_prompt_width, 0);
  return row;
}

// How many of `size` target tokens fit task.max_target without cutting an item of a list in two.
std::size_t PromptTokenizer::whole_items(const RenderedText& target, std::size_t given, std::size_t size) const {
  const auto limit = static_cast<std::size_t>(options_.max_target) - 1;
  if (size <= limit) return size;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < target.size() && has_path(target[i]); ++i) {
    const std::size_t tokens = path_of(target[i].id, i < given ? Items::kGiven : Items::kAsked).size();
    if (kept + tokens > limit) break;
    kept += tokens;
  }
  return kept > 0 ? kept : limit;
}

TokenRow PromptTokenizer::row(const TaskExample& example, std::int16_t family) const {
  TokenRow row = source_row(example.source);
  if (example.user && options_.user_prompts != nullptr) row.user_prompt = options_.user_prompts->at(*example.user);
  row.family = family;
  row.answers = example.answers;
  if (example.target.empty()) return row;
  const std::size_t given = example.place ? example.place->given : 0;
  TokenText target;
  append(std::span(example.target).first(given), Items::kGiven, target);
  row.given = target.ids.size();
  append(std::span(example.target).subspan(given), Items::kAsked, target);
  row.target = std::move(target.ids);
  row.target.resize(whole_items(example.target, given, row.target.size()));
  if (const TargetSets* const sets = target_sets()) {
    row.target_set = sets->of(row.target, target.depth);
    // An id ends as the trie says. To learn that the end token follows where nothing else may would push the tokens of
    // all items away, and cost a second softmax.
    const Mention& last = example.target.back();
    const bool whole = row.target.size() == target.depth.size();
    const auto end = has_path(last) && whole ? sets->of_end(index_->path(last.id)) : std::nullopt;
    if (last.kind == Mention::Kind::kItem && !end) return row;
    row.target_set.push_back(end.value_or(0));
  }
  row.target.push_back(kEndToken);
  return row;
}

void PromptTokenizer::hide_codes(const std::vector<TokenRow>& rows, TokenBatch& batch) {
  batch.decoder_input.assign(batch.target.size(), kPadToken);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const TokenRow& row = rows[i];
    if (!row.target_set.empty() && row.target_set.front() != 0) continue;  // an item
    const auto to = batch.decoder_input.begin() + static_cast<std::ptrdiff_t>(i) * batch.target_length;
    if (!row.target.empty()) std::copy(row.target.begin(), row.target.end() - 1, to + 1);
  }
}

std::string to_text(const RenderedText& rendered, const ItemIndex& index) {
  return to_text(rendered, [&index](std::uint32_t item) {
    return index.has(item) ? index.name(item) : std::string(kNewItemText);
  });
}

TokenBatch PromptTokenizer::batch_of(const std::vector<TokenRow>& rows) const {
  TokenBatch batch = pad_rows(rows);
  if (!batch.target_set.empty()) {
    batch.token_sets = target_sets()->sets();
    batch.set_draws = options_.trie_draws;
  }
  if (options_.parallel_codes) hide_codes(rows, batch);
  return batch;
}

}  // namespace p5
