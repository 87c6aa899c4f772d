#include "recommend/question_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "p5/error.h"
#include "task/direct_task.h"
#include "task/rating_task.h"
#include "task/sequential_task.h"
#include "task/text_task.h"

namespace p5 {
namespace {

bool is_name_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

}  // namespace

PromptTokenizerOptions tokenizer_options(const TaskOptions& task, std::int32_t whole_word_rows) {
  return {.max_source = task.max_source,
          .max_target = task.max_target,
          .newest_first = task.newest_first,
          .trie_softmax = task.trie_softmax,
          .whole_word_rows = whole_word_rows};
}

QuestionWriter::QuestionWriter(const ModelBundle& bundle, const DataSplits& data, std::int32_t whole_word_rows)
    : prompts_(bundle.prompts),
      echo_(bundle.task.echo),
      rating_bands_(bundle.task.rating_bands),
      most_candidates_(static_cast<std::size_t>(bundle.task.candidates)),
      most_tokens_(static_cast<std::size_t>(bundle.task.max_source)),
      tokenizer_(std::make_shared<const PromptTokenizer>(bundle.vocabulary, bundle.index,
                                                         tokenizer_options(bundle.task, whole_word_rows))) {
  TaskOptions options = bundle.task;
  options.prompts.clear();  // what a run was trained on does not limit what it may be asked
  const TaskData task_data{.ranking = data.ranking, .reviews = data.reviews, .prompts = bundle.prompts};
  const auto negatives = std::make_shared<const NegativeSampler>(*data.corpus);
  const auto has = [&](std::string_view family) {
    const auto prompts = bundle.prompts->of_family(family);
    return std::any_of(prompts.begin(), prompts.end(), [](const PromptTemplate* prompt) { return !prompt->held_out; });
  };
  if (has("sequential")) tasks_.push_back(std::make_shared<const SequentialTask>(task_data, options, negatives));
  if (has("direct")) tasks_.push_back(std::make_shared<const DirectTask>(task_data, options, negatives));
  if (has("rating")) tasks_.push_back(std::make_shared<const RatingTask>(task_data, options));
  if (has("explanation")) tasks_.push_back(std::make_shared<const ExplanationTask>(task_data, options));
  if (has("review")) tasks_.push_back(std::make_shared<const ReviewTask>(task_data, options));
  for (const std::string& own : bundle.prompts->own_families()) {
    if (has(own)) tasks_.push_back(std::make_shared<const TextTask>(own, task_data, options));
  }
  for (ItemId item = 0; item < bundle.index->size(); ++item) items_by_name_.emplace(bundle.index->name(item), item);
}

const PromptedTask& QuestionWriter::task_of(const std::string& prompt_id) const {
  const PromptTemplate& prompt = prompts_->at(prompt_id);
  const auto task = std::find_if(tasks_.begin(), tasks_.end(), [&](const auto& t) { return t->asks(prompt); });
  if (task == tasks_.end()) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "no task asks prompts of this family",
                {.where = "prompt " + prompt_id, .got = "'" + prompt.family + "'"});
  }
  return **task;
}

TaskExample QuestionWriter::example(const TaskQuestion& question, const std::string& prompt_id) const {
  return task_of(prompt_id).ask(question, prompt_id);
}

bool QuestionWriter::knows_all(const TaskQuestion& question, const std::string& prompt_id) const {
  return task_of(prompt_id).knows_all(question, prompt_id);
}

TokenRow QuestionWriter::row(const TaskQuestion& question, const std::string& prompt_id) const {
  return tokenizer_->row(example(question, prompt_id));
}

void QuestionWriter::require_item_prompt(const std::string& prompt_id) const {
  const PromptTemplate& prompt = prompts_->at(prompt_id);
  if (prompt.task == PromptTask::kNextItem || prompt.task == PromptTask::kChoose) return;
  throw usage_error("this prompt does not ask for an item",
                    {.where = "prompt " + prompt_id,
                     .expected = "one of task next-item or choose (p5 prompts list)",
                     .got = fmt::format("task {} of family {}", to_string(prompt.task), prompt.family)});
}

bool QuestionWriter::fits(const TokenRow& row, std::size_t candidates) const {
  return candidates <= most_candidates_ || row.source.size() <= most_tokens_;
}

bool QuestionWriter::echoes(const std::string& prompt_id) const {
  return echo_ && prompts_->at(prompt_id).task == PromptTask::kNextItem;
}

bool QuestionWriter::answers_with_bands(const std::string& prompt_id) const {
  const PromptTemplate& prompt = prompts_->at(prompt_id);
  return rating_bands_ && prompt.task == PromptTask::kStar && prompt.family != "review";
}

RenderedText QuestionWriter::parse(const std::string& text) const {
  RenderedText mentions;
  std::string words;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_name_letter(text[end])) ++end;
    const auto item = items_by_name_.find(text.substr(i, end - i));
    if (item != items_by_name_.end()) {
      if (!words.empty()) mentions.push_back({.kind = Mention::Kind::kText, .text = std::move(words)});
      mentions.push_back({.kind = Mention::Kind::kItem, .id = item->second});
      words.clear();
    } else {
      end = std::max(end, i + 1);
      words.append(text, i, end - i);
    }
    i = end;
  }
  if (!words.empty()) mentions.push_back({.kind = Mention::Kind::kText, .text = std::move(words)});
  return mentions;
}

TokenRow QuestionWriter::free_row(const std::string& text) const { return tokenizer_->source_row(parse(text)); }

std::string QuestionWriter::free_text(const std::string& text) const {
  return to_text(parse(text), tokenizer_->index());
}

}  // namespace p5
