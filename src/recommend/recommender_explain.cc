// The explanations of a Recommender: quotes of reviews, sentences of the model, and items of the history.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "p5/error.h"
#include "recommend/candidate_sources.h"
#include "recommend/recommender_impl.h"
#include "retrieval/item_knn_source.h"

namespace p5 {
namespace {

constexpr std::string_view kQuoted = "quoted", kGenerated = "generated", kBecauseOf = "because-of";

std::string sentence_of(const Because& because) {
  return "because of " + (because.title.empty() ? because.item : because.title);
}

ExplanationOrigin origin_of(const Because& because) { return {.kind = std::string(kBecauseOf), .item = because.item}; }

// The features that can be asked for, as many as a message can hold.
std::string listed(const std::vector<std::string>& features) {
  constexpr std::size_t kShown = 12;
  if (features.empty()) return "none: no training review of the item names one (--generate writes a sentence)";
  const auto shown = std::span(features).first(std::min(kShown, features.size()));
  return fmt::format("one that they name: {}{}", fmt::join(shown, ", "), shown.size() < features.size() ? ", ..." : "");
}

}  // namespace

std::optional<Because> Recommender::Impl::because_of(std::span<const ItemId> history, ItemId item) {
  if (!view->is_counted(item)) {  // what reads like it speaks for it
    const auto alike = view->counted_history(std::span(&item, 1));
    if (alike.empty()) return std::nullopt;
    item = alike.back();
  }
  const CandidateSource* counts = nullptr;
  try {
    counts = &sources->at("item-knn");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    return std::nullopt;  // the training data has no pairs to count
  }
  const auto& knn = dynamic_cast<const ItemKnnSource&>(*counts);
  const std::vector<float> parts = knn.contributions(history, item);
  // What an item adds each time that it occurs counts together.
  double total = 0;
  std::map<ItemId, double> by_item;
  for (std::size_t at = 0; at < history.size(); ++at) {
    total += parts[at];
    if (history[at] != item) by_item[history[at]] += parts[at];
  }
  const auto most = std::max_element(by_item.begin(), by_item.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == by_item.end() || !(most->second > 0)) return std::nullopt;
  const ItemName name = name_of(most->first);
  return Because{.item = name.item, .title = name.title, .share = most->second / total};
}

void Recommender::Impl::give_reasons(const Wanted& wanted, std::span<const Found> list,
                                     std::span<Recommendation> items) {
  if (wanted.counted.empty() || !require_candidate_source(wanted.source).uses_history) return;
  for (std::size_t i = 0; i < items.size(); ++i) items[i].because = because_of(wanted.counted, list[i].candidate.item);
}

void Recommender::Impl::explain(const RecommendRequest& request, const Wanted& wanted, std::span<const Found> list,
                                std::span<Recommendation> items) {
  std::vector<TaskQuestion> questions;  // of those that the model must answer
  std::vector<std::size_t> asked;
  const bool can_write = request.generate || bundle().task.samples_of(kExplanationFamily) > 0;
  const std::optional<UserId> reader =
      wanted.query.user == kUnknownUser ? std::nullopt : std::optional(wanted.query.user);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const ItemId item = list[i].candidate.item;
    const auto quoted = request.generate ? std::nullopt : quote({.item = item, .reader = reader, .recommends = true});
    if (quoted) {
      items[i].explanation = quoted->text;
      items[i].origin = quoted->origin;
    } else if (can_write && view->is_counted(item)) {
      questions.push_back({.user = reader, .item = item});
      asked.push_back(i);
    } else if (const auto because = because_of(wanted.counted, item)) {
      items[i].explanation = sentence_of(*because);
      items[i].origin = origin_of(*because);
    }
  }
  if (asked.empty()) return;
  const PromptTemplate& prompt =
      choose({.family = kExplanationFamily, .task = PromptTask::kExplain}, {}, bundle().answer.explanation_prompt);
  const auto sentences = TextWriter(*model, run->writer, wanted.decode).write(questions, prompt.id);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    items[asked[i]].explanation = sentences[i];
    items[asked[i]].origin.kind = kGenerated;
  }
}

std::optional<PromptAnswer> Recommender::Impl::quote(const QuoteWish& wish) {
  if (!view->is_counted(wish.item)) return std::nullopt;  // nobody has written about it
  const auto found = run->quotes().best(wish);
  if (!found) return std::nullopt;
  const UserId writer = corpus().users()[found->interaction];
  return PromptAnswer{.source = {},
                      .text = found->sentence,
                      .origin = {.kind = std::string(kQuoted),
                                 .user = std::string(corpus().user_key(writer)),
                                 .item = std::string(corpus().catalog().key(wish.item)),
                                 .feature = found->feature}};
}

PromptAnswer Recommender::Impl::generate(const ExplainRequest& request, const TaskQuestion& question) {
  require_counted(*question.item);
  const bool feature = !request.feature.empty();
  const AnswerOptions& answers = bundle().answer;
  const PromptTemplate& prompt =
      choose({.family = kExplanationFamily, .task = PromptTask::kExplain, .hint = {.feature = feature}},
             request.prompt_id, feature ? answers.feature_prompt : answers.explanation_prompt);
  if (feature && !prompt.source.uses(Slot::kFeature)) {
    throw usage_error("this prompt does not ask about a feature",
                      {.where = "prompt " + prompt.id, .expected = "one with {feature}", .got = prompt.source.text()});
  }
  PromptAnswer answer = answer_in_words(prompt, question);
  answer.origin.kind = kGenerated;
  return answer;
}

PromptAnswer Recommender::explain(const ExplainRequest& request) {
  impl_->look();
  const Corpus& corpus = impl_->corpus();
  require_user_or_history(request.user, !request.history.empty());
  require_user_of_later(request.user, !request.later.empty());
  const std::optional<UserId> user = known_user_of(corpus, request.user, request.strict);
  std::vector<std::string> skipped;
  const std::vector<ItemId> given =
      known_items_of(corpus, user ? request.later : request.history, request.strict, skipped);
  const std::vector<ItemId> history = impl_->history_before(user, std::nullopt, given);
  const TaskQuestion question{
      .user = user, .item = item_of(corpus, request.item), .history = history, .feature = request.feature};
  if (!request.feature.empty() && is_blank(request.feature)) throw usage_error("the feature is empty");
  PromptAnswer answer = impl_->explain(request, question);
  answer.skipped = std::move(skipped);
  answer.fallback = question.user ? "" : "new-user";
  return answer;
}

PromptAnswer Recommender::Impl::explain(const ExplainRequest& request, const TaskQuestion& question) {
  if (request.generate || !request.prompt_id.empty()) return generate(request, question);
  const ItemId item = *question.item;
  if (auto quoted = quote({.item = item, .reader = question.user, .feature = request.feature})) return *quoted;
  if (!request.feature.empty()) {
    constexpr std::size_t kShownBytes = 60;
    throw usage_error("no training review of this item by another user names the feature",
                      {.where = "request.feature",
                       .expected = listed(view->is_counted(item) ? run->quotes().features_of(item, question.user)
                                                                 : std::vector<std::string>()),
                       .got = "'" + std::string(utf8_prefix(request.feature, kShownBytes)) + "'"});
  }
  if (bundle().task.samples_of(kExplanationFamily) > 0 && view->is_counted(item)) return generate(request, question);
  if (const auto because = because_of(question.history, item)) {
    return {.source = {}, .text = sentence_of(*because), .origin = origin_of(*because)};
  }
  return generate(request, question);  // which says what the run lacks
}

}  // namespace p5
