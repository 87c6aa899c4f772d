#include "export/export_questions.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "decode/trie_evidence.h"
#include "p5/error.h"
#include "prompt/task_question.h"
#include "task/known_items.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

UserId user_with_key(const Corpus& corpus, const std::string& key) {
  if (const auto user = corpus.find_user(key)) return *user;
  throw not_found_error("no such user in the corpus", {.where = "--user", .got = "'" + key + "'"});
}

// Numbers of items that the model knows.
Json known_numbers(std::span<const ItemId> items, std::size_t known, std::int64_t first) {
  Json numbers = Json::array();
  for (const ItemId item : items) {
    if (item < known) numbers.push_back(static_cast<std::int64_t>(item) + first);
  }
  return numbers;
}

Json evidence_of(const LoadedRun& run, const EvidenceWeights& weights, std::span<const ItemId> history) {
  Json added = Json::array();
  if (run.evidence == nullptr || weights.gate.empty()) return added;
  const NeighborEvidence& counts = *run.evidence;
  const TrieEvidence evidence(run.trie, *run.bundle.index,
                              known_items(counts.of(history), history, counts.options().ages), scale_of(counts),
                              TrieEvidence::Depths::kPath, run.sizes.get());
  for (std::size_t node = 0; node < run.trie.node_count(); ++node) {
    for (const KnownToken& known : evidence.of(static_cast<ItemTrie::Node>(node))) {
      added.push_back({node, known.token, weights.bias(known)});
    }
  }
  return added;
}

// When the events of a user were, where the encoder knows the gaps between them; else 0.
Json times_of(const Corpus& corpus, UserId user, const TimeGaps& gaps) {
  const Corpus::Range range = corpus.range_of(user);
  const std::vector<std::uint8_t> steps = gaps.of_history(user, corpus.items_of(user));
  const bool known = std::ranges::any_of(steps, [](std::uint8_t step) { return step > 0; });
  Json times = Json::array();
  for (const std::int64_t time : corpus.times().subspan(range.begin, range.size())) {
    times.push_back(known && time != kNoTime ? time : 0);
  }
  return times;
}

}  // namespace

nlohmann::json generative_questions(const LoadedRun& run, const EvidenceWeights& evidence,
                                    std::span<const std::string> users) {
  const Corpus& corpus = *run.data.corpus;
  const std::string& prompt = run.bundle.answer.sequential_prompt;
  run.writer.require_item_prompt(prompt);
  Json questions = Json::array();
  for (const std::string& key : users) {
    const UserId user = user_with_key(corpus, key);
    const auto history = corpus.items_of(user);
    TaskQuestion question{.history = history};
    question.user = user;
    const TokenRow row = run.writer.row(question, prompt);
    questions.push_back({{"user", key},
                         {"prompt", prompt},
                         {"input_ids", row.source},
                         {"whole_word_ids", row.whole_word},
                         {"prefix", run.writer.tokenizer().given_tokens(run.writer.repeated_items(history, prompt))},
                         {"exclude", known_numbers(history, run.known_items(), 0)},
                         {"evidence", evidence_of(run, evidence, history)}});
  }
  return questions;
}

nlohmann::json scorer_questions(const LoadedRun& run, const EncoderSource& source, std::span<const std::string> users) {
  const Corpus& corpus = *run.data.corpus;
  Json questions = Json::array();
  for (const std::string& key : users) {
    const UserId user = user_with_key(corpus, key);
    const auto history = corpus.items_of(user);
    Json& question = questions.emplace_back(Json{{"user", key},
                                                 {"history", known_numbers(history, run.known_items(), 1)},
                                                 {"exclude", known_numbers(history, run.known_items(), 0)}});
    if (source.gaps() != nullptr) question["times"] = times_of(corpus, user, *source.gaps());
  }
  return questions;
}

nlohmann::json trie_json(const ItemTrie& trie) {
  std::vector<std::int64_t> first{0}, tokens, children, items;
  for (std::size_t number = 0; number < trie.node_count(); ++number) {
    const auto node = static_cast<ItemTrie::Node>(number);
    for (const TokenId token : trie.allowed(node)) {
      tokens.push_back(token);
      children.push_back(trie.child(node, token));
    }
    first.push_back(static_cast<std::int64_t>(tokens.size()));
    const ItemId item = trie.item(node);
    items.push_back(item == ItemTrie::kNoItem ? -1 : static_cast<std::int64_t>(item));
  }
  return {{"first", std::move(first)},
          {"tokens", std::move(tokens)},
          {"children", std::move(children)},
          {"item", std::move(items)}};
}

nlohmann::json items_json(const LoadedRun& run) {
  const ItemCatalog& catalog = run.data.corpus->catalog();
  Json items = Json::array();
  for (std::size_t number = 0; number < run.known_items(); ++number) {
    const auto item = static_cast<ItemId>(number);
    items.push_back({{"item", catalog.key(item)}, {"title", catalog.title(item)}});
  }
  return items;
}

}  // namespace p5
