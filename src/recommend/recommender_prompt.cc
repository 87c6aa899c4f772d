// The answers of a Recommender to prompts in free text.
#include <algorithm>
#include <utility>

#include "p5/error.h"
#include "recommend/generative_source.h"
#include "recommend/recommender_impl.h"

namespace p5 {
namespace {

// An answer's tokens as the items that they spell and the words between them. Tokens that nobody can read are left out:
// those of items that are not whole, of users, and T5's sentinels unless the prompt has some to be filled in.
struct ReadAnswer {
  std::vector<ItemId> items;
  std::vector<TokenId> words;
};

// The longest item that begins at `begin`, and how many tokens it has.
std::pair<ItemId, std::size_t> item_at(std::span<const TokenId> tokens, std::size_t begin, const ItemTrie& trie) {
  std::pair<ItemId, std::size_t> found{ItemTrie::kNoItem, 0};
  ItemTrie::Node node = ItemTrie::kRoot;
  for (std::size_t at = begin; at < tokens.size(); ++at) {
    node = trie.child(node, tokens[at]);
    if (node == ItemTrie::kNone) break;
    const ItemTrie::Node whole = trie.child(node, kEndToken);
    if (whole != ItemTrie::kNone) found = {trie.item(whole), at + 1 - begin};
  }
  return found;
}

ReadAnswer read_answer(std::span<const TokenId> tokens, std::span<const TokenId> prompt, const LoadedRun& run) {
  ReadAnswer answer;
  const Vocabulary& vocabulary = *run.bundle.vocabulary;
  const auto is_sentinel = [&](TokenId token) { return vocabulary.sentinels().contains(token); };
  const bool filled_in = std::ranges::any_of(prompt, is_sentinel);
  const auto is_word = [&](TokenId token) {
    return vocabulary.pieces().contains(token) || (filled_in && is_sentinel(token));
  };
  for (std::size_t at = 0; at < tokens.size();) {
    const auto [item, length] = item_at(tokens, at, run.trie);
    if (length > 0) answer.items.push_back(item);
    if (length == 0 && is_word(tokens[at])) answer.words.push_back(tokens[at]);
    at += std::max<std::size_t>(length, 1);
  }
  return answer;
}

std::vector<ItemId> items_in(const RenderedText& text) {
  std::vector<ItemId> items;
  for (const Mention& mention : text) {
    if (mention.kind == Mention::Kind::kItem) items.push_back(mention.id);
  }
  return items;
}

bool contains(std::span<const ItemId> items, ItemId item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

PromptAnswer Recommender::answer(const std::string& prompt, std::size_t max_tokens) {
  impl_->look();
  if (is_blank(prompt)) throw usage_error("the prompt is empty");
  const LoadedRun& run = *impl_->run;
  const RenderedText asked = run.writer.read_free_text(prompt);
  const TokenRow row = run.writer.tokenizer().source_row(asked);
  // Attention takes memory with the square of the length.
  if (row.source.size() > static_cast<std::size_t>(run.bundle.task.max_source)) {
    throw usage_error("the prompt is too long",
                      {.expected = "at most " + std::to_string(run.bundle.task.max_source) + " tokens",
                       .got = std::to_string(row.source.size())});
  }
  DecodeOptions options = run.bundle.decode;
  options.max_length = static_cast<std::int64_t>(std::clamp<std::size_t>(max_tokens, 1, 4096));
  const auto scorer = ability_of<TextGenerator>(*impl_->model).start(pad_rows({row}));
  const ReadAnswer written = read_answer(write_text(*scorer, options).front().tokens, row.source, run);
  PromptAnswer result{.source = to_text(asked, *run.bundle.index),
                      .text = run.bundle.vocabulary->decode(written.words),
                      .mentioned = impl_->mentioned_in(asked)};
  if (written.items.empty() && !is_blank(result.text)) return result;
  result.choices = impl_->items_after(row, items_in(asked), written.items);
  if (!result.choices.empty()) result.text = result.choices.front().text;
  return result;
}

// The model wrote an item, or nothing that can be read: the best items take its place, found with what is known about
// those that the prompt names. Items before the last one that it wrote are what answers begin with (task.repeat_items).
std::vector<AnswerChoice> Recommender::Impl::items_after(const TokenRow& row, const std::vector<ItemId>& named,
                                                         std::span<const ItemId> written) {
  const std::span<const ItemId> repeated = written.first(written.empty() ? 0 : written.size() - 1);
  std::vector<ItemId> exclude(view->withdrawn());
  // A prompt that lists candidates is answered by one of them; any other is not.
  if (written.empty() || !contains(named, written.back())) exclude.insert(exclude.end(), named.begin(), named.end());
  const CandidateQuery query{.history = named, .exclude = exclude};
  std::vector<AnswerChoice> choices;
  const auto& source = dynamic_cast<const GenerativeSource&>(source_named("p5"));
  for (const Candidate& candidate : source.answer(row, query, repeated, kShownItems)) {
    choices.push_back(choice_of(candidate));
  }
  return choices;
}

}  // namespace p5
