// Rendered text to token rows: words by the tokenizer, item mentions by their path in the index, with whole-word ids.
// Thread-safe; everything except the counts is const.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "indexing/item_index.h"
#include "prompt/rendered_text.h"
#include "task/target_sets.h"
#include "task/task_example.h"
#include "task/token_text.h"
#include "text/token_batch.h"
#include "text/vocabulary.h"

namespace p5 {

struct PromptTokenizerOptions {
  std::int64_t max_source = 512;       // tokens, end token included
  std::int64_t max_target = 64;        // tokens, end token included
  bool newest_first = false;           // the order of histories, which decides what is oldest
  std::int64_t repeat_items = 0;       // items that answers begin with at most
  bool trie_softmax = false;           // rows say which set a target token competes in
  std::int64_t trie_draws = 0;         // TokenBatch::set_draws
  bool parallel_codes = false;         // the decoder reads nothing of an item that it answers with
  bool short_items = false;            // of items that are not asked for: the last token, which is their own
  std::int32_t whole_word_rows = 512;  // rows of the model's whole-word table; 0 = it has none
  // [users] the number that the model knows each user by; null: the corpus's own.
  std::shared_ptr<const std::vector<std::uint32_t>> user_numbers = {};
  // [users] what each row says of its user (task/user_features.h); null: nothing.
  std::shared_ptr<const std::vector<std::vector<std::int32_t>>> user_prompts = {};
  std::size_t user_prompt_width = 0;  // of each
  // By that number, the token of users that a user shares with a group; empty: users have their own.
  std::vector<std::uint32_t> user_groups = {};
};

// How a text is read:
// - Neighboring words are one text for the tokenizer; so are user ids, unless users have tokens of their own. A user
//   added after the vocabulary was made is encoded as text.
// - An item mention is its path and one word, however many tokens it has. With short_items it is the last token of its
//   path in sources, and where an answer begins with given items. An item that the index lacks is "a new item".
// - A sentinel is one token; InvalidArgument for one that the vocabulary does not have.
// - Text that follows a mention without a space ("?" in "{item}?") is encoded as a continuation: after a guard letter
//   whose own pieces are then removed, so that it gets no word marker. It belongs to the word of the mention.
// - A source longer than max_source loses its oldest history items; the newest always stays. Question and candidates
//   are never cut, so that no target is missing from its prompt (pitfall 36). A source that is still too long is read
//   whole.
// - Whole-word ids follow P5's rule (text/whole_word.h).
class PromptTokenizer {
 public:
  // Throws InvalidArgument when an item's path and the end token do not fit max_target, and with short_items where two
  // paths have one last token.
  PromptTokenizer(std::shared_ptr<const Vocabulary> vocabulary, std::shared_ptr<const ItemIndex> index,
                  const PromptTokenizerOptions& options);

  const Vocabulary& vocabulary() const { return *vocabulary_; }
  const ItemIndex& index() const { return *index_; }
  // What an answer begins with that begins with these items, which the index has.
  std::vector<TokenId> given_tokens(std::span<const ItemId> items) const;

  // Source and target end in the end token; an example without a target gives an empty one.
  TokenRow row(const TaskExample& example, std::int16_t family = 0) const;
  TokenRow source_row(const RenderedText& source) const;

  // pad_rows() of rows of row(), with the sets that their targets compete in.
  TokenBatch batch_of(const std::vector<TokenRow>& rows) const;
  // What the tokens of items compete with, made when it is first asked for, since only training does; null without
  // trie_softmax.
  const TargetSets* target_sets() const;

  // Since construction: inputs that lost history, and inputs that were still longer than max_source afterwards.
  std::int64_t shortened_count() const { return shortened_.load(std::memory_order_relaxed); }
  std::int64_t overlong_count() const { return overlong_.load(std::memory_order_relaxed); }

 private:
  enum class Items : std::uint8_t { kGiven, kAsked };
  void append(std::span<const Mention> text, Items items, TokenText& out) const;
  std::span<const TokenId> path_of(ItemId item, Items items) const;
  void append_words(const std::string& words, bool after_item, TokenText& out) const;
  // The token of a mention that has one: a sentinel, or a user in the vocabulary.
  std::optional<TokenId> own_token(const Mention& mention) const;
  std::string words_of(const Mention& mention) const;
  // What the decoder reads: the targets shifted, and of items the start token alone.
  static void hide_codes(const std::vector<TokenRow>& rows, TokenBatch& batch);
  void shorten(TokenText& text) const;
  std::size_t whole_items(const RenderedText& target, std::size_t given, std::size_t size) const;
  std::uint32_t user_number(std::uint32_t user) const {
    return options_.user_numbers == nullptr ? user : (*options_.user_numbers)[user];
  }
  bool has_path(const Mention& mention) const {
    return mention.kind == Mention::Kind::kItem && index_->has(mention.id);
  }
  std::vector<std::int32_t> whole_words(const TokenText& tokens) const;

  std::shared_ptr<const Vocabulary> vocabulary_;
  std::shared_ptr<const ItemIndex> index_;
  PromptTokenizerOptions options_;
  mutable std::once_flag target_sets_made_;
  mutable std::unique_ptr<const TargetSets> target_sets_;
  mutable std::atomic<std::int64_t> shortened_ = 0, overlong_ = 0;
};

// For people: item mentions by the index's names.
std::string to_text(const RenderedText& rendered, const ItemIndex& index);

}  // namespace p5
