#include "task/prompt_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/rng.h"
#include "p5/error.h"
#include "task/task_families.h"

namespace p5 {
namespace {

// "age 24, occupation writer": tokens, numbers and token lists; vectors of numbers are left out.
std::string profile_of(const std::vector<Attribute>& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) {
    std::string shown;
    if (const auto* token = std::get_if<std::string>(&value)) shown = *token;
    if (const auto* number = std::get_if<double>(&value)) shown = fmt::format("{:g}", *number);
    if (const auto* tokens = std::get_if<std::vector<std::string>>(&value))
      shown = fmt::format("{}", fmt::join(*tokens, " "));
    if (!shown.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, shown);
  }
  return text;
}

// Not where the answer is an item: a wrong pair never met and hides no star, so its longer list would give it away.
bool shows_stars(const PromptTemplate& prompt) { return asking_family(prompt).view == SplitView::kReviews; }

RenderOptions render_options(const TaskOptions& options, const RatingScale& scale) {
  return {.separator = options.separator,
          .max_review = static_cast<std::size_t>(options.max_review),
          .max_history = static_cast<std::size_t>(options.max_history),
          .newest_first = options.newest_first,
          .rating_options = fmt::format("{}", fmt::join(scale.words(), ", "))};
}

}  // namespace

PromptWriter::PromptWriter(std::shared_ptr<const Corpus> corpus, std::shared_ptr<const PromptLibrary> prompts,
                           const TaskOptions& options, std::shared_ptr<const RatingHistory> stars,
                           std::shared_ptr<const RatingExpectation> expectation,
                           std::shared_ptr<const AnswerEvidence> answers, const RatingScale& scale)
    : corpus_(std::move(corpus)),
      prompts_(std::move(prompts)),
      stars_(std::move(stars)),
      expectation_(std::move(expectation)),
      answers_(std::move(answers)),
      renderer_(render_options(options, scale)),
      profile_ratings_(static_cast<std::size_t>(options.profile_ratings)),
      never_named_(options.anonymous >= 1) {}

std::shared_ptr<const PromptWriter> make_prompt_writer(const TaskData& data, const TaskOptions& options) {
  return std::make_shared<const PromptWriter>(
      data.reviews->shared_corpus(), data.prompts, options,
      std::make_shared<const RatingHistory>(data.reviews, data.scale),
      options.expected_stars
          ? std::make_shared<const RatingExpectation>(data.reviews, UserItemMeanOptions{}, data.scale)
          : nullptr,
      data.answers, data.scale);
}

bool PromptWriter::may_be_anonymous(const PromptTemplate& prompt) {
  const TaskFamily& family = asking_family(prompt);
  if (family.needs_no_names) return true;
  return shows_stars(prompt) && prompt.source.uses(Slot::kItemTitle) && !prompt.source.uses(Slot::kItem);
}

bool PromptWriter::shows_user_stars(const TaskQuestion& question, const PromptTemplate& prompt) const {
  return profile_ratings_ > 0 && question.user && shows_stars(prompt) &&
         (question.anonymous || prompt.source.uses(Slot::kUserDescription));
}

bool PromptWriter::shows_item_stars(const TaskQuestion& question, const PromptTemplate& prompt) const {
  return profile_ratings_ > 0 && question.item && shows_stars(prompt) &&
         (question.anonymous || prompt.source.uses(Slot::kItemTitle));
}

std::string PromptWriter::user_description(const TaskQuestion& question) const {
  const std::string_view name = question.anonymous ? std::string_view() : corpus_->user_name(*question.user);
  return name.empty() ? profile_of(corpus_->user_attributes(*question.user)) : std::string(name);
}

std::string PromptWriter::categories(ItemId item) const {
  return fmt::format("{}", fmt::join(corpus_->catalog().categories(item), ", "));
}

// What decides whether a prompt can be asked.
EntityTexts PromptWriter::names_of(const TaskQuestion& question, const PromptTemplate& prompt) const {
  EntityTexts texts;
  if (!question.item) return texts;
  texts.item_title = corpus_->catalog().title(*question.item);
  if (!question.anonymous) return texts;
  if (texts.item_title.empty()) texts.item_title = kNewItemText;
  if (asking_family(prompt).needs_no_names) texts.item_description = texts.item_title;
  return texts;
}

EntityTexts PromptWriter::texts_of(const TaskQuestion& question, const PromptTemplate& prompt) const {
  EntityTexts texts = names_of(question, prompt);
  if (question.user && prompt.source.uses(Slot::kUserDescription)) texts.user_description = user_description(question);
  if (question.item) {
    texts.item_brand = corpus_->catalog().brand(*question.item);
    texts.item_price = corpus_->catalog().price(*question.item);
    const bool listed = prompt.source.uses(Slot::kItemCategories) || prompt.target.uses(Slot::kItemCategories);
    if (listed) texts.item_categories = categories(*question.item);
  }
  if (question.user_stars) {
    texts.user_stars = *question.user_stars;
  } else if (shows_user_stars(question, prompt)) {
    texts.user_stars = stars_->given(*question.user, question.item, profile_ratings_, question.later_stars);
  }
  if (question.item_stars) {
    texts.item_stars = *question.item_stars;
  } else if (shows_item_stars(question, prompt)) {
    texts.item_stars = stars_->received(*question.item, question.user, profile_ratings_);
  }
  if (expectation_ && question.user && question.item && asking_family(prompt).name == kRatingFamily) {
    texts.expected_stars = expectation_->in_words(*question.user, *question.item);
  }
  return texts;
}

TaskExample PromptWriter::write(const TaskQuestion& question, const PromptTemplate& prompt,
                                const PromptPattern& source) const {
  const EntityTexts texts = texts_of(question, prompt);
  const std::string where = "prompt " + prompt.id;
  TaskExample example{.source = renderer_.render(source, question, texts, where),
                      .target = {},
                      .prompt_id = prompt.id,
                      .task = prompt.task};
  if (!question.anonymous) example.user = question.user;
  if (answers_) example.answers = answers_->shares(question, prompt);
  if (PromptRenderer::can_render(prompt.target, question, texts)) {
    example.target = renderer_.render(prompt.target, question, texts, where);
  }
  return example;
}

bool PromptWriter::can_ask(const TaskQuestion& question, const PromptTemplate& prompt) const {
  const EntityTexts texts = names_of(question, prompt);
  return PromptRenderer::can_render(prompt.source, question, texts) &&
         PromptRenderer::can_render(prompt.target, question, texts);
}

TaskExample PromptWriter::ask(const TaskQuestion& question, const PromptTemplate& prompt) const {
  std::vector<std::pair<std::uint64_t, ItemId>> order;
  const std::uint64_t seed = question.user ? *question.user + std::uint64_t{1} : 0;
  for (const ItemId item : question.candidates)
    order.emplace_back(stable_hash(corpus_->catalog().key(item), seed), item);
  std::sort(order.begin(), order.end());
  if (std::adjacent_find(order.begin(), order.end()) != order.end()) {
    throw usage_error("a candidate is listed twice", {.expected = "distinct candidates"});
  }
  std::vector<ItemId> candidates;
  candidates.reserve(order.size());
  for (const auto& [hash, item] : order) candidates.push_back(item);
  const bool answered = question.item && prompt.source.uses(Slot::kCandidates) && !candidates.empty();
  if (answered && std::find(candidates.begin(), candidates.end(), *question.item) == candidates.end()) {
    throw usage_error("the candidates do not hold the target");
  }
  TaskQuestion asked = question;
  asked.candidates = candidates;
  asked.anonymous = asked.anonymous || (never_named_ && may_be_anonymous(prompt));
  return write(asked, prompt, prompt.source);
}

}  // namespace p5
