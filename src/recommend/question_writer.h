// Questions in the words of a run's prompts, as the model reads them: a PromptWriter and a PromptTokenizer. Items that
// the corpus gained after training are left out of histories and candidates. Cheap to make. Thread-safe: all const.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "corpus/data_splits.h"
#include "recommend/free_text.h"
#include "recommend/model_bundle.h"
#include "task/prompt_tokenizer.h"
#include "task/prompt_writer.h"

namespace p5 {

class QuestionWriter {
 public:
  // `whole_word_rows` as in the model's spec; `answers`: what rows say about answers in words, null: nothing.
  QuestionWriter(const ModelBundle& bundle, const DataSplits& data, std::int32_t whole_word_rows,
                 std::shared_ptr<const AnswerEvidence> answers = nullptr);

  // Throws NotFound for an unknown prompt, InvalidArgument when the prompt asks for what the question lacks.
  TokenRow row(const TaskQuestion& question, const std::string& prompt_id) const;
  // The same as text with mentions, and the true answer where the question holds it.
  TaskExample example(const TaskQuestion& question, const std::string& prompt_id) const;
  // Whether the question has all that the prompt asks for, and the answer. Throws NotFound for an unknown prompt.
  bool knows_all(const TaskQuestion& question, const std::string& prompt_id) const;
  // Throws InvalidArgument unless answers to this prompt are items.
  void require_item_prompt(const std::string& prompt_id) const;
  // Whether a row that names this many candidates can be read: attention takes memory with the square of the length, so
  // beyond what training showed (task.candidates), task.max_source decides.
  bool fits(const TokenRow& row, std::size_t candidates) const;
  // The newest items of the history, oldest first, that answers to this prompt begin with (task.repeat_items).
  std::vector<ItemId> repeated_items(std::span<const ItemId> history, const std::string& prompt_id) const;
  // Whether stars that answer this prompt have a decimal (task.rating_bands): all except those of reviews.
  bool answers_with_bands(const std::string& prompt_id) const;
  const RatingScale& scale() const { return scale_; }  // of the stars that answers name
  // Any text, with its mentions of items and users (recommend/free_text.h). Throws NotFound for names that nobody has.
  RenderedText read_free_text(const std::string& text) const;

  const PromptTokenizer& tokenizer() const { return *tokenizer_; }
  const std::shared_ptr<const PromptTokenizer>& shared_tokenizer() const { return tokenizer_; }

 private:
  const PromptTemplate& prompt(const std::string& id) const { return writer_->prompts().at(id); }

  bool knows(std::span<const ItemId> items) const;
  std::vector<ItemId> known_of(std::span<const ItemId> items) const;

  std::size_t repeat_items_;
  bool rating_bands_;
  RatingScale scale_;
  std::size_t max_candidates_, max_tokens_;  // of a row that may be asked
  std::shared_ptr<const PromptTokenizer> tokenizer_;
  std::shared_ptr<const PromptWriter> writer_;
  std::shared_ptr<const FreeText> free_text_;
};

// The options of a run's PromptTokenizer, for the users of `corpus`.
PromptTokenizerOptions tokenizer_options(const ModelBundle& bundle, const Corpus& corpus, std::int32_t whole_word_rows);

}  // namespace p5
