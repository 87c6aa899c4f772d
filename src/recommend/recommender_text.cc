// The answers of a Recommender that are words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/rng.h"
#include "decode/sampling.h"
#include "p5/error.h"
#include "prompt/prompt_renderer.h"
#include "recommend/headline_chooser.h"
#include "recommend/recommender_impl.h"
#include "task/corpus_questions.h"
#include "task/negative_sampler.h"

namespace p5 {
namespace {

std::optional<UserId> user_if(const Corpus& corpus, const std::string& key) {
  return key.empty() ? std::nullopt : std::optional(user_of(corpus, key));
}

// The last time that the user took the item.
std::optional<std::size_t> interaction_of(const Corpus& corpus, UserId user, ItemId item) {
  const Corpus::Range range = corpus.range_of(user);
  for (std::size_t i = range.end; i-- > range.begin;) {
    if (corpus.items()[i] == item) return i;
  }
  return std::nullopt;
}

TaskQuestion question_of_review(const Corpus& corpus, const ReviewRequest& request) {
  if (is_blank(request.text)) throw usage_error("the review is empty");
  return {.user = user_if(corpus, request.user), .review = request.text};
}

bool asks_for_explanation(const PromptTemplate& prompt) {
  const SlotSet slots = {Slot::kFeature, Slot::kExplanation};
  return prompt.source.slot_set().meets(slots) || prompt.target.slot_set().meets(slots);
}

// The answers of prompts that allow only a few.
std::vector<std::string> closed_answers(PromptTask task) {
  if (task == PromptTask::kYesNo) return {std::string(kYesText), std::string(kNoText)};
  if (task == PromptTask::kLikeDislike) return {std::string(kLikeText), std::string(kDislikeText)};
  return {};
}

}  // namespace

const PromptTemplate& Recommender::Impl::choose(const PromptWish& wish, const std::string& asked,
                                                const std::string& of_run) const {
  if (bundle().task.samples_of(wish.family) == 0) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest,
                "the run was trained without the " + wish.family + " family",
                {.expected = "task." + wish.family + "_samples above 0 in training", .got = "0"});
  }
  return choose_prompt(*bundle().prompts, bundle().task, wish, asked.empty() ? of_run : asked);
}

PromptAnswer Recommender::Impl::answer_in_words(const PromptTemplate& prompt, const TaskQuestion& question) {
  const TaskExample example = run->writer.example(question, prompt.id);
  return {.source = to_text(example.source, *bundle().index),
          .text = text_writer().write(run->writer.tokenizer().row(example)),
          .prompt_id = prompt.id};
}

std::vector<std::string> Recommender::Impl::candidates_for(const PromptTemplate& prompt, const TaskQuestion& question) {
  constexpr std::int32_t kSamples = 24;
  constexpr double kTemperature = 0.5;  // at least, so that samples differ
  const TokenRow row = run->writer.row(question, prompt.id);
  DecodeOptions decode = bundle().decode;
  decode.consensus = 1;
  decode.temperature = std::max(decode.temperature, kTemperature);
  SamplingOptions sampling = decode.sampling();
  sampling.draws = kSamples;
  std::vector<std::string> texts{text_writer().write(row)};
  const auto scorer = ability_of<TextGenerator>(*model).start(pad_rows({row}));
  for (const Hypothesis& sample : sample_text(*scorer, sampling)) {
    if (sample.finished) texts.push_back(bundle().vocabulary->decode(sample.tokens));
  }
  return texts;
}

PromptAnswer Recommender::summarize(const ReviewRequest& request) {
  impl_->look();
  const TaskQuestion question = question_of_review(impl_->corpus(), request);
  const PromptTemplate& prompt = impl_->choose({.family = kReviewFamily, .task = PromptTask::kHeadline},
                                               request.prompt_id, impl_->bundle().answer.headline_prompt);
  const auto words = request.generate ? nullptr : impl_->sources->review_stars();
  if (words == nullptr) {
    PromptAnswer answer = impl_->answer_in_words(prompt, question);
    answer.origin.kind = "generated";
    return answer;
  }
  const std::vector<std::string> candidates = impl_->candidates_for(prompt, question);
  const HeadlineChooser chooser(*impl_->run->data.reviews, *words, impl_->run->similar_reviews());
  const ChosenHeadline chosen = chooser.choose(request.text, words->stars(request.text), candidates);
  PromptAnswer answer{.source = to_text(impl_->run->writer.example(question, prompt.id).source, *impl_->bundle().index),
                      .text = chosen.text,
                      .prompt_id = prompt.id,
                      .origin = {.kind = chosen.interaction ? "quoted" : "generated"}};
  if (chosen.interaction) {
    answer.origin.user = impl_->corpus().user_key(impl_->corpus().users()[*chosen.interaction]);
    answer.origin.item = impl_->corpus().catalog().key(impl_->corpus().items()[*chosen.interaction]);
  }
  return answer;
}

RatingDistribution Recommender::Impl::stars_of_review(const TaskQuestion& question, const PromptTemplate& prompt) {
  const GenerativeRatingPredictor predictor(*model, run->writer, prompt.id);
  const RatingDistribution of_model = predictor.predict(std::span(&question, 1)).front();
  const auto words = bundle().answer.review_words ? sources->review_stars() : nullptr;
  return words == nullptr ? of_model : mixed(words->stars(question.review), of_model, bundle().stars.words);
}

PredictedRating Recommender::predict_rating_of_review(const ReviewRequest& request) {
  impl_->look();
  const TaskQuestion question = question_of_review(impl_->corpus(), request);
  const PromptTemplate& prompt = impl_->choose({.family = kReviewFamily, .task = PromptTask::kStar}, request.prompt_id,
                                               impl_->bundle().answer.review_prompt);
  impl_->require_ratings();
  return impl_->prediction_of(impl_->stars_of_review(question, prompt), prompt);
}

std::vector<ItemId> Recommender::Impl::candidates_of(UserId user, ItemId item) const {
  const NegativeSampler sampler(corpus());
  Rng rng(static_cast<std::uint64_t>(bundle().split.seed), "candidates of " + std::string(corpus().user_key(user)));
  auto candidates = sampler.draw(user, static_cast<std::size_t>(bundle().task.candidates) - 1, rng);
  std::erase(candidates, item);
  candidates.push_back(item);
  return candidates;
}

TaskQuestion Recommender::Impl::question_of(const PromptTemplate& prompt, std::optional<UserId> user,
                                            std::optional<ItemId> item) {
  const Corpus& corpus = *run->data.corpus;
  const auto interaction = user && item ? interaction_of(corpus, *user, *item) : std::nullopt;
  TaskQuestion question{.user = user, .item = item};
  if (interaction) {
    const ExplanationSet* known = asks_for_explanation(prompt) ? run->explanations().get() : nullptr;
    question = question_about(corpus, *interaction, known, bundle().scale);
  }
  // An item that the user took is a yes, as are the stars that were given.
  if (prompt.task == PromptTask::kYesNo) question.positive = interaction ? std::optional(true) : std::nullopt;
  return question;
}

std::vector<ItemId> Recommender::Impl::history_before(std::optional<UserId> user, std::optional<ItemId> item,
                                                      std::span<const ItemId> later) const {
  const Corpus& known = *run->data.corpus;
  std::vector<ItemId> history;
  if (user) {
    const auto own = known.items_of(*user);
    history.assign(own.begin(), own.end());
    if (const auto interaction = item ? interaction_of(known, *user, *item) : std::nullopt) {
      history.resize(*interaction - known.range_of(*user).begin);
      return history;
    }
  }
  std::size_t before = later.size();
  for (std::size_t at = later.size(); item && at-- > 0 && before == later.size();) {
    if (later[at] == *item) before = at;
  }
  const std::vector<ItemId> counted = view->counted_history(later.first(before));
  history.insert(history.end(), counted.begin(), counted.end());
  return history;
}

AnswerChoice Recommender::Impl::choice_of(const Candidate& candidate) const {
  const ItemName name = name_of(candidate.item);
  return {.text = name.title.empty() ? name.item : fmt::format("{} ({})", name.title, name.item),
          .probability = std::exp(static_cast<double>(candidate.score)),
          .item = name.item,
          .title = name.title};
}

std::vector<ItemName> Recommender::Impl::mentioned_in(const RenderedText& text) const {
  std::vector<ItemName> names;
  for (const Mention& mention : text) {
    if (mention.kind == Mention::Kind::kItem) names.push_back(name_of(mention.id));
  }
  return names;
}

// The best items under the trie, with the share of the search's probability that each has.
std::vector<AnswerChoice> Recommender::Impl::items_for(const PromptTemplate& prompt, const TaskQuestion& question) {
  CandidateQuery query{.history = question.history,
                       .exclude = view->withdrawn(),
                       .candidates = question.candidates,
                       .asking = {.prompt = prompt.id}};
  if (question.user) query.user = *question.user;
  const auto lists = source_named("p5").retrieve(std::span(&query, 1), kShownItems);
  std::vector<AnswerChoice> choices;
  for (const Candidate& candidate : lists.front()) {
    if (!bundle().index->has(candidate.item)) continue;  // the corpus gained it after training
    choices.push_back(choice_of(candidate));
  }
  return choices;
}

std::vector<AnswerChoice> Recommender::Impl::choices_of(const PromptTemplate& prompt, const TaskQuestion& question) {
  if (prompt.task == PromptTask::kNextItem || prompt.task == PromptTask::kChoose) return items_for(prompt, question);
  std::vector<AnswerChoice> choices;
  if (prompt.task == PromptTask::kStar) {
    const GenerativeRatingPredictor predictor(*model, run->writer, prompt.id);
    const auto distribution = predictor.predict(std::span(&question, 1)).front();
    for (std::size_t i = 0; i < distribution.size(); ++i) {
      choices.push_back({RatingScale::word(bundle().scale.level(i)), distribution[i]});
    }
  } else if (const auto answers = closed_answers(prompt.task); !answers.empty()) {
    const AnswerChooser chooser(*model, bundle().vocabulary->tokenizer(), answers);
    const auto probabilities = chooser.ask({run->writer.row(question, prompt.id)}).front();
    for (std::size_t i = 0; i < answers.size(); ++i) choices.push_back({answers[i], probabilities[i]});
  }
  std::stable_sort(choices.begin(), choices.end(),
                   [](const AnswerChoice& a, const AnswerChoice& b) { return a.probability > b.probability; });
  return choices;
}

PromptAnswer Recommender::try_prompt(const TryRequest& request) {
  impl_->look();
  const Corpus& corpus = impl_->corpus();
  const PromptTemplate& prompt = impl_->bundle().prompts->at(request.prompt_id);
  if (!is_taught(prompt, impl_->bundle().task)) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "the run was trained without such prompts",
                {.where = "prompt " + prompt.id,
                 .expected = "a family with task.<family>_samples above 0 in training",
                 .got = "family " + prompt.family});
  }
  if (!request.user.empty() && !request.history.empty()) {
    throw usage_error("not both", {.where = "request.user and request.history"});
  }
  require_user_of_later(request.user, !request.later.empty());
  const auto user = user_if(corpus, request.user);
  const auto item = request.item.empty() ? std::nullopt : std::optional(item_of(corpus, request.item));
  if (item) impl_->require_counted(*item);
  std::vector<std::string> skipped;
  const std::vector<ItemId> given =
      known_items_of(corpus, user ? request.later : request.history, /*strict=*/false, skipped);
  const std::vector<ItemId> history = impl_->history_before(user, item, given);
  TaskQuestion question = impl_->question_of(prompt, user, item);
  question.history = history;
  if (!request.feature.empty()) question.feature = request.feature;
  std::vector<ItemId> candidates;
  if (prompt.task == PromptTask::kChoose && user && item) {
    candidates = impl_->candidates_of(*user, *item);
    question.candidates = candidates;
  }
  const TaskExample example = impl_->run->writer.example(question, prompt.id);
  PromptAnswer answer{.source = to_text(example.source, *impl_->bundle().index),
                      .text = {},
                      .prompt_id = prompt.id,
                      .target = to_text(example.target, *impl_->bundle().index),
                      .choices = impl_->choices_of(prompt, question),
                      .skipped = std::move(skipped),
                      .mentioned = impl_->mentioned_in(example.source)};
  answer.text = answer.choices.empty() ? impl_->text_writer().write(impl_->run->writer.tokenizer().row(example))
                                       : answer.choices.front().text;
  return answer;
}

}  // namespace p5
