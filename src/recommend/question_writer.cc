#include "recommend/question_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "p5/error.h"
#include "task/task_families.h"

namespace p5 {
namespace {

// What the model knows of each user of the corpus; null: nothing.
std::shared_ptr<const std::vector<std::vector<std::int32_t>>> user_prompts(const ModelBundle& bundle,
                                                                           const Corpus& corpus,
                                                                           const std::vector<std::uint32_t>* numbers) {
  if (bundle.users == nullptr) return nullptr;
  auto prompts = std::make_shared<std::vector<std::vector<std::int32_t>>>();
  prompts->reserve(corpus.user_count());
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const std::uint32_t number = numbers == nullptr ? user : (*numbers)[user];
    prompts->push_back(bundle.users->rows_of(corpus.user_attributes(user), number));
  }
  return prompts;
}

}  // namespace

PromptTokenizerOptions tokenizer_options(const ModelBundle& bundle, const Corpus& corpus,
                                         std::int32_t whole_word_rows) {
  const TaskOptions& task = bundle.task;
  const auto numbers = bundle.keys == nullptr ? nullptr : CatalogMap(*bundle.keys, corpus).user_numbers();
  if (task.parallel_codes && (task.target_items != 1 || task.repeat_items != 0 || !task.trie_softmax)) {
    throw usage_error("codes that are predicted at once make one item",
                      {.where = "task.parallel_codes",
                       .expected = "task.target_items = 1, task.repeat_items = 0, task.trie_softmax = true",
                       .got = fmt::format("{}, {}, {}", task.target_items, task.repeat_items, task.trie_softmax)});
  }
  return {.max_source = task.max_source,
          .max_target = task.max_target,
          .newest_first = task.newest_first,
          .repeat_items = task.repeat_items,
          .trie_softmax = task.trie_softmax,
          .trie_draws = task.trie_draws,
          .parallel_codes = task.parallel_codes,
          .short_items = task.short_items,
          .whole_word_rows = whole_word_rows,
          .user_numbers = numbers,
          .user_prompts = user_prompts(bundle, corpus, numbers.get()),
          .user_prompt_width = bundle.users == nullptr ? 0 : bundle.users->width(),
          .user_groups = bundle.user_groups};
}

QuestionWriter::QuestionWriter(const ModelBundle& bundle, const DataSplits& data, std::int32_t whole_word_rows,
                               std::shared_ptr<const AnswerEvidence> answers)
    : repeat_items_(static_cast<std::size_t>(bundle.task.repeat_items)),
      rating_bands_(bundle.task.rating_bands),
      scale_(bundle.scale),
      max_candidates_(static_cast<std::size_t>(bundle.task.candidates)),
      max_tokens_(static_cast<std::size_t>(bundle.task.max_source)),
      tokenizer_(std::make_shared<const PromptTokenizer>(bundle.vocabulary, bundle.index,
                                                         tokenizer_options(bundle, *data.corpus, whole_word_rows))),
      writer_(make_prompt_writer({.ranking = data.ranking,
                                  .reviews = data.reviews,
                                  .prompts = bundle.prompts,
                                  .answers = std::move(answers),
                                  .scale = bundle.scale},
                                 bundle.task)),
      free_text_(std::make_shared<const FreeText>(bundle.index, data.corpus)) {}

TaskExample QuestionWriter::example(const TaskQuestion& question, const std::string& prompt_id) const {
  if (knows(question.history) && knows(question.candidates)) return writer_->ask(question, prompt(prompt_id));
  const std::vector<ItemId> history = known_of(question.history), candidates = known_of(question.candidates);
  TaskQuestion known = question;
  known.history = history;
  known.candidates = candidates;
  if (known.item && !candidates.empty() && !knows(std::span(&*known.item, 1))) known.item.reset();
  return writer_->ask(known, prompt(prompt_id));
}

bool QuestionWriter::knows_all(const TaskQuestion& question, const std::string& prompt_id) const {
  return writer_->can_ask(question, prompt(prompt_id));
}

TokenRow QuestionWriter::row(const TaskQuestion& question, const std::string& prompt_id) const {
  return tokenizer_->row(example(question, prompt_id));
}

void QuestionWriter::require_item_prompt(const std::string& prompt_id) const {
  const PromptTemplate& asked = prompt(prompt_id);
  if (asked.task == PromptTask::kNextItem || asked.task == PromptTask::kChoose) return;
  throw usage_error("this prompt does not ask for an item",
                    {.where = "prompt " + prompt_id,
                     .expected = "one of task next-item or choose (p5 prompts list)",
                     .got = fmt::format("task {} of family {}", to_string(asked.task), asked.family)});
}

bool QuestionWriter::fits(const TokenRow& row, std::size_t candidates) const {
  return candidates <= max_candidates_ || row.source.size() <= max_tokens_;
}

std::vector<ItemId> QuestionWriter::repeated_items(std::span<const ItemId> history,
                                                   const std::string& prompt_id) const {
  if (prompt(prompt_id).task != PromptTask::kNextItem) return {};
  const std::vector<ItemId> known = known_of(history);
  const std::size_t repeated = std::min(repeat_items_, known.size());
  return {known.end() - static_cast<std::ptrdiff_t>(repeated), known.end()};
}

bool QuestionWriter::knows(std::span<const ItemId> items) const {
  return std::ranges::all_of(items, [this](ItemId item) { return tokenizer_->index().has(item); });
}

std::vector<ItemId> QuestionWriter::known_of(std::span<const ItemId> items) const {
  std::vector<ItemId> known;
  std::ranges::copy_if(items, std::back_inserter(known), [this](ItemId item) { return tokenizer_->index().has(item); });
  return known;
}

bool QuestionWriter::answers_with_bands(const std::string& prompt_id) const {
  const PromptTemplate& asked = prompt(prompt_id);
  return rating_bands_ && asked.task == PromptTask::kStar && asking_family(asked).name == kRatingFamily;
}

RenderedText QuestionWriter::read_free_text(const std::string& text) const { return free_text_->parse(text); }

}  // namespace p5
