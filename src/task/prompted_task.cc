#include "task/prompted_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "p5/error.h"

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

std::string join(const std::vector<std::string_view>& texts) { return fmt::format("{}", fmt::join(texts, ", ")); }

// "age 24, occupation writer": tokens, numbers and token lists; vectors of numbers say nothing to a reader.
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

constexpr std::string_view kStrangeItem = "a new item";

// Where the answer is an item, users and items of wrong answers never met: that they show more stars would tell.
bool judges_a_pair(std::string_view family) { return family != "sequential" && family != "direct"; }

// Where what the two are described with says enough, so that no prompt needs the item's name.
bool needs_no_names(std::string_view family) { return family == "rating"; }

}  // namespace

PromptedTask::PromptedTask(std::string family, const Split& split, std::shared_ptr<const PromptLibrary> prompts,
                           TaskOptions options)
    : family_(std::move(family)),
      corpus_(split.shared_corpus()),
      prompts_(std::move(prompts)),
      trained_(trained_prompts(*prompts_, family_, options.prompts)),
      options_(std::move(options)),
      renderer_(
          RenderOptions{.separator = options_.separator, .max_review = static_cast<std::size_t>(options_.max_review)}) {
  if (options_.profile_stars > 0 && judges_a_pair(family_)) stars_.emplace(split);
  if (trained_.empty()) {
    const std::string samples = is_known_family(family_) ? family_ : "own";
    throw usage_error("no prompt of family " + family_ + " is left to train on",
                      {.expected = "a prompt that is not held out, or task." + samples + "_samples = 0"});
  }
}

SlotValues PromptedTask::values_of(const PromptPattern& source, const TaskQuestion& question, Texts& texts,
                                   Rng* rng) const {
  SlotValues values{.user = question.user,
                    .item = question.item,
                    .history = question.history,
                    .candidates = question.candidates,
                    .rating = question.rating,
                    .positive = question.positive,
                    .review = question.review,
                    .headline = question.headline,
                    .feature = question.feature,
                    .explanation = question.explanation};
  if (question.user && source.uses(Slot::kUserDescription)) {
    if (!question.unnamed) values.user_description = corpus_->user_name(*question.user);
    if (values.user_description.empty()) {
      texts.profile = profile_of(corpus_->user_attributes(*question.user));
      values.user_description = texts.profile;
    }
  }
  if (question.item) {
    const ItemCatalog& catalog = corpus_->catalog();
    values.item_title = catalog.title(*question.item);
    values.item_brand = catalog.brand(*question.item);
    values.item_price = catalog.price(*question.item);
    if (source.uses(Slot::kItemCategories)) texts.categories = join(catalog.categories(*question.item));
    values.item_categories = texts.categories;
  }
  if (stars_) {
    const auto most = static_cast<std::size_t>(options_.profile_stars);
    if (question.user && (question.unnamed || source.uses(Slot::kUserDescription))) {
      texts.user_stars = stars_->given(*question.user, question.item, most, rng);
      values.user_stars = texts.user_stars;
    }
    if (question.item && (question.unnamed || source.uses(Slot::kItemTitle))) {
      texts.item_stars = stars_->received(*question.item, question.user, most, rng);
      values.item_stars = texts.item_stars;
    }
  }
  if (question.unnamed) {
    values.user.reset();
    values.item.reset();
    if (question.item && values.item_title.empty()) values.item_title = kStrangeItem;
    if (needs_no_names(family_)) values.item_description = values.item_title;
  }
  return values;
}

bool PromptedTask::may_be_strangers(const PromptTemplate& prompt) const {
  if (needs_no_names(family_)) return true;
  return judges_a_pair(family_) && prompt.source.uses(Slot::kItemTitle) && !prompt.source.uses(Slot::kItem);
}

TaskExample PromptedTask::write(const PromptTemplate& prompt, const TaskQuestion& question, Rng& rng) const {
  TaskQuestion asked = question;
  if (options_.strangers > 0 && may_be_strangers(prompt)) asked.unnamed = rng.uniform() < options_.strangers;
  if (options_.word_dropout == 0) return write(prompt, prompt.source, asked, &rng);
  return write(prompt, prompt.source.without_words([&] { return rng.uniform() < options_.word_dropout; }), asked, &rng);
}

TaskExample PromptedTask::write(const PromptTemplate& prompt, const PromptPattern& source, const TaskQuestion& question,
                                Rng* rng) const {
  const std::size_t shown = std::min(question.history.size(), static_cast<std::size_t>(options_.max_history));
  std::vector<ItemId> history(question.history.end() - static_cast<std::ptrdiff_t>(shown), question.history.end());
  if (options_.newest_first) std::reverse(history.begin(), history.end());
  TaskQuestion ordered = question;
  ordered.history = history;
  Texts texts;
  SlotValues values = values_of(source, ordered, texts, rng);
  const std::string where = "prompt " + prompt.id;
  TaskExample example{.source = renderer_.render(source, values, where), .target = {}, .prompt_id = prompt.id};
  values.rating_text = question.answered_stars;
  if (prompt.target.uses(Slot::kItemCategories)) {
    texts.categories = join(corpus_->catalog().categories(question.item.value()));
    values.item_categories = texts.categories;
  }
  if (PromptRenderer::can_render(prompt.target, values)) {
    example.target = renderer_.render(prompt.target, values, where);
  }
  return example;
}

std::vector<const PromptTemplate*> PromptedTask::answerable_prompts(const TaskQuestion& question) const {
  std::vector<const PromptTemplate*> answerable;
  Texts texts;
  const SlotValues values = values_of({}, question, texts, nullptr);
  for (const PromptTemplate* prompt : trained_) {
    if (PromptRenderer::can_render(prompt->source, values) && PromptRenderer::can_render(prompt->target, values)) {
      answerable.push_back(prompt);
    }
  }
  return answerable;
}

bool PromptedTask::knows_all(const TaskQuestion& question, std::string_view prompt_id) const {
  const PromptTemplate& prompt = prompt_of_family(prompt_id);
  Texts texts;
  const SlotValues values = values_of({}, question, texts, nullptr);
  return PromptRenderer::can_render(prompt.source, values) && PromptRenderer::can_render(prompt.target, values);
}

bool PromptedTask::asks(const PromptTemplate& prompt) const {
  return prompt.family == family_ || (prompt.family == kZeroShotFamily && family_asks(family_, prompt.task));
}

const PromptTemplate& PromptedTask::prompt_of_family(std::string_view id) const {
  const PromptTemplate& prompt = prompts_->at(id);
  if (!asks(prompt)) {
    throw usage_error("prompt '" + prompt.id + "' cannot ask this",
                      {.expected = "a prompt of family " + family_, .got = "one of " + prompt.family});
  }
  return prompt;
}

TaskExample PromptedTask::ask(const TaskQuestion& question, std::string_view prompt_id) const {
  const PromptTemplate& prompt = prompt_of_family(prompt_id);
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
  TaskQuestion ordered = question;
  ordered.candidates = candidates;
  ordered.unnamed = ordered.unnamed || (options_.strangers >= 1 && may_be_strangers(prompt));
  return write(prompt, prompt.source, ordered, nullptr);
}

}  // namespace p5
