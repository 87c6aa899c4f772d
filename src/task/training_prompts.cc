#include "task/training_prompts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "p5/error.h"
#include "task/task_families.h"

namespace p5 {
namespace {

std::vector<const PromptTemplate*> trained_prompts(const PromptLibrary& library, const std::string& family,
                                                   const std::vector<std::string>& wanted) {
  std::vector<const PromptTemplate*> trained;
  for (const std::string& id : wanted) {
    const PromptTemplate& prompt = library.at(id);
    if (prompt.held_out) {
      throw usage_error("task.prompts names a prompt that is held out",
                        {.where = prompt.where, .expected = "prompts to train on", .got = "'" + id + "'"});
    }
    if (prompt.family == family) trained.push_back(&prompt);
  }
  if (trained.empty()) {
    trained = library.of_family(family);
    std::erase_if(trained, [](const PromptTemplate* prompt) { return prompt->held_out; });
  }
  return trained;
}

}  // namespace

TrainingPrompts::TrainingPrompts(std::string family, std::shared_ptr<const PromptWriter> writer,
                                 const TaskOptions& options)
    : family_(std::move(family)),
      writer_(std::move(writer)),
      prompts_(trained_prompts(writer_->prompts(), family_, options.prompts)),
      anonymous_(options.anonymous),
      word_dropout_(options.word_dropout),
      profile_ratings_(static_cast<std::size_t>(options.profile_ratings)) {
  if (prompts_.empty()) {
    const std::string option = samples_option(task_family(family_));
    throw usage_error("no prompt of family " + family_ + " is left to train on",
                      {.expected = "a prompt that is not held out, or " + option + " = 0"});
  }
}

std::vector<const PromptTemplate*> TrainingPrompts::answerable(const TaskQuestion& question) const {
  std::vector<const PromptTemplate*> answerable;
  for (const PromptTemplate* prompt : prompts_) {
    if (writer_->can_ask(question, *prompt)) answerable.push_back(prompt);
  }
  return answerable;
}

// What a seed gives depends on the order of these draws.
TaskExample TrainingPrompts::write(TaskQuestion question, const PromptTemplate& prompt, Rng& rng) const {
  question.training = true;
  if (anonymous_ > 0 && PromptWriter::may_be_anonymous(prompt)) question.anonymous = rng.uniform() < anonymous_;
  std::optional<PromptPattern> thinned;
  if (word_dropout_ > 0) thinned = prompt.source.without_words([&] { return rng.uniform() < word_dropout_; });
  std::string given, received;
  if (writer_->shows_user_stars(question, prompt)) {
    given = writer_->stars().given(*question.user, question.item, profile_ratings_, &rng);
    question.user_stars = given;
  }
  if (writer_->shows_item_stars(question, prompt)) {
    received = writer_->stars().received(*question.item, question.user, profile_ratings_, &rng);
    question.item_stars = received;
  }
  return writer_->write(question, prompt, thinned ? *thinned : prompt.source);
}

}  // namespace p5
