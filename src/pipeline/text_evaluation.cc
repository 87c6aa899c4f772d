#include "pipeline/text_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/draw.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "base/rng.h"
#include "corpus/negatives.h"
#include "evaluate/answer_scores.h"
#include "evaluate/word_ngrams.h"
#include "pipeline/in_batches.h"
#include "recommend/star_predictor.h"
#include "recommend/text_writer.h"
#include "retrieval/global_mean_predictor.h"
#include "task/rating_task.h"
#include "task/task_mixture.h"
#include "task/text_task.h"

namespace p5 {
namespace {

constexpr std::int64_t kTrainSample = 5000;  // training reviews that baselines without a model look at

// What an answer is: words, stars, or one of two words.
enum class Form { kText, kStars, kYesNo };

Form form_of(const PromptTemplate& prompt) {
  const auto only = [&](Slot slot) { return prompt.target.pieces().size() == 1 && prompt.target.uses(slot); };
  if (only(Slot::kRating)) return Form::kStars;
  return only(Slot::kYesNo) || only(Slot::kLikeDislike) ? Form::kYesNo : Form::kText;
}

bool asks_about_users(const PromptTemplate& prompt) {
  return prompt.task == PromptTask::kYesNo && (prompt.family == "sequential" || prompt.family == "direct");
}

Rng review_stream(const EvaluateOptions& options) {
  return Rng(static_cast<std::uint64_t>(options.seed), "evaluate reviews");
}

// Of which users and items were asked about, in their order.
std::uint64_t number_of(const std::vector<TaskQuestion>& questions) {
  std::uint64_t number = 0;
  for (const TaskQuestion& question : questions) {
    number = stable_hash(fmt::format("{} {}", question.user.value_or(0), question.item.value_or(0)), number);
  }
  return number;
}

constexpr std::string_view kStopped = "evaluation interrupted; nothing was written";

}  // namespace

// One kind of question, as reports name it.
struct TextEvaluation::Kind {
  PromptWish wish;
  std::string task, part, title;
};

struct TextEvaluation::Asked {
  std::vector<TaskQuestion> questions;  // with their true answers
  std::size_t of = 0;                   // that could have been asked
};

// One of them, by the form of the prompt.
struct TextEvaluation::Answers {
  std::vector<std::string> texts = {};
  std::vector<double> numbers = {};  // stars, or the probability of yes
};

TextEvaluation::TextEvaluation(const TextEvaluationSetup& setup)
    : model_(&setup.model),
      writer_(&setup.writer),
      bundle_(&setup.bundle),
      data_(&setup.data),
      config_(&setup.config),
      foreign_(setup.foreign) {
  if (!needs_explanations(*bundle_->prompts, bundle_->task)) return;
  ExplainOptions options = bundle_->explain;
  if (foreign_) options.file.clear();  // a list is of the run's own corpus
  explanations_ = make_explanations(*data_->reviews, options);
}

std::vector<TextEvaluation::Kind> TextEvaluation::kinds() const {
  std::vector<Kind> all;
  const auto add = [&all](PromptWish wish, std::string task, std::string part, std::string title) {
    all.push_back({std::move(wish), std::move(task), std::move(part), std::move(title)});
  };
  const auto explain = [&add](const PromptHint& hint, std::string task) {
    add({.family = "explanation", .task = PromptTask::kExplain, .hint = hint}, std::move(task), "",
        "Explanation, hint: " + to_string(hint));
  };
  explain({}, "explanation");
  explain({.feature = true}, "explanation_feature");
  explain({.feature = true, .stars = true}, "explanation_feature_star");
  add({.family = "review", .task = PromptTask::kStar}, "review", "star", "Review: its stars");
  add({.family = "review", .task = PromptTask::kHeadline}, "review", "headline", "Review: its headline");
  add({.family = "rating", .task = PromptTask::kLikeDislike}, "rating_like_dislike", "", "Rating: like or dislike");
  add({.family = "rating", .task = PromptTask::kYesNo}, "rating_yes_no", "", "Rating: yes or no to proposed stars");
  add({.family = "sequential", .task = PromptTask::kYesNo}, "sequential_yes_no", "",
      "Sequential: yes or no to an item");
  add({.family = "direct", .task = PromptTask::kYesNo}, "direct_yes_no", "", "Direct: yes or no to an item");
  for (const std::string& own : bundle_->prompts->own_families()) {
    add({.family = own, .task = PromptTask::kText}, own, "", "Own family '" + own + "'");
  }
  std::erase_if(all, [&](const Kind& kind) { return bundle_->task.samples_of(kind.wish.family) == 0; });
  return all;
}

const PromptTemplate* TextEvaluation::prompt_of(const Kind& kind, bool held_out) const {
  PromptWish wish = kind.wish;
  wish.held_out = held_out;
  if (!held_out) {
    const AnswerOptions& answers = config_->answer;
    const std::string* chosen = nullptr;
    if (kind.task == "explanation") chosen = &answers.explanation_prompt;
    if (kind.task == "explanation_feature") chosen = &answers.feature_prompt;
    if (kind.part == "headline") chosen = &answers.headline_prompt;
    if (kind.part == "star") chosen = &answers.review_prompt;
    if (chosen != nullptr && !chosen->empty()) return &choose_prompt(*bundle_->prompts, bundle_->task, wish, *chosen);
  }
  return find_prompt(*bundle_->prompts, bundle_->task, wish);
}

TaskResults TextEvaluation::measure(bool held_out) const {
  TaskResults results;
  for (const Kind& kind : kinds()) {
    const PromptTemplate* prompt = prompt_of(kind, held_out);
    if (prompt == nullptr) continue;
    TaskResult result = measure(*prompt);
    if (result.n == 0) continue;
    result.task = kind.task;
    result.part = kind.part;
    result.title = kind.title;
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<std::pair<std::string, TaskResult>> TextEvaluation::baselines() const {
  std::vector<std::pair<std::string, TaskResult>> results;
  for (const Kind& kind : kinds()) {
    const PromptTemplate* prompt = prompt_of(kind, false);
    if (prompt == nullptr) continue;
    auto [row, result] = baseline(*prompt);
    if (result.n == 0) continue;
    result.task = kind.task;
    result.part = kind.part;
    result.title = kind.title;
    results.emplace_back(std::move(row), std::move(result));
  }
  return results;
}

TaskResult TextEvaluation::measure(const PromptTemplate& prompt) const {
  const Asked asked = ask(prompt);
  if (asked.questions.empty()) return {};
  const Answers answers = answer(prompt, asked);
  TaskResult result = result_of(prompt, asked, answers);
  result.prompt = prompt.id;
  if (form_of(prompt) == Form::kText && config_->evaluate.examples > 0) {
    result.examples = written_texts(prompt, asked, answers);
    draw_some(result.examples, static_cast<std::size_t>(config_->evaluate.examples), review_stream(config_->evaluate));
  }
  return result;
}

std::vector<WrittenText> TextEvaluation::written_texts(const PromptTemplate& prompt, const Asked& asked,
                                                       const Answers& answers) const {
  std::vector<WrittenText> texts;
  for (std::size_t i = 0; i < answers.texts.size(); ++i) {
    texts.push_back({to_text(writer_->example(asked.questions[i], prompt.id).target, *bundle_->index), answers.texts[i],
                     std::string(asked.questions[i].feature)});
  }
  return texts;
}

std::pair<std::string, TaskResult> TextEvaluation::baseline(const PromptTemplate& prompt) const {
  const Asked asked = ask(prompt);
  if (asked.questions.empty()) return {};
  const auto [row, answers] = trivial_answer(prompt, asked);
  return {row, result_of(prompt, asked, answers)};
}

TaskResult TextEvaluation::result_of(const PromptTemplate& prompt, const Asked& asked, const Answers& answers) const {
  return {.task = prompt.family,
          .hint = prompt.task == PromptTask::kExplain ? to_string(hint_of(prompt)) : "",
          .n = asked.questions.size(),
          .of = asked.of,
          .questions = number_of(asked.questions),
          .scores = score(prompt, asked, answers)};
}

TextEvaluation::Asked TextEvaluation::ask(const PromptTemplate& prompt) const {
  if (asks_about_users(prompt)) return foreign_ ? Asked() : ask_about_users(prompt);
  Asked asked = ask_about_reviews(prompt, part(), config_->evaluate.reviews);
  if (prompt.family == "rating" && prompt.task == PromptTask::kYesNo) propose_stars(asked.questions);
  return asked;
}

TextEvaluation::Asked TextEvaluation::ask_about_reviews(const PromptTemplate& prompt, Part part,
                                                        std::int64_t most) const {
  const auto question_of = [&](std::size_t interaction) {
    TaskQuestion question = question_about(*data_->corpus, interaction, explanations_.get());
    question.unnamed = foreign_;
    return question;
  };
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < data_->corpus->interaction_count(); ++i) {
    if (data_->reviews->part_of(i) == part && writer_->knows_all(question_of(i), prompt.id)) positions.push_back(i);
  }
  Asked asked{.questions = {}, .of = positions.size()};
  draw_some(positions, static_cast<std::size_t>(most), review_stream(config_->evaluate));
  for (const std::size_t position : positions) asked.questions.push_back(question_of(position));
  return asked;
}

// The target is a yes, the first stored negative a no.
TextEvaluation::Asked TextEvaluation::ask_about_users(const PromptTemplate& prompt) const {
  const Split& split = *data_->ranking;
  const NegativeSamples negatives =
      draw_negatives(*data_->corpus, static_cast<std::size_t>(config_->evaluate.negatives),
                     static_cast<std::uint64_t>(config_->split.seed));
  std::vector<UserId> users;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    if (split.target_of(user, part()) && !negatives.of(user).empty()) users.push_back(user);
  }
  Asked asked{.questions = {}, .of = 2 * users.size()};
  draw_some(users, static_cast<std::size_t>(config_->evaluate.users), review_stream(config_->evaluate));
  for (const UserId user : users) {
    TaskQuestion question{.user = user,
                          .item = split.corpus().items()[*split.target_of(user, part())],
                          .history = split.history_for(user, part()),
                          .positive = true};
    if (writer_->knows_all(question, prompt.id)) asked.questions.push_back(question);
    question.item = negatives.of(user).front();
    question.positive = false;
    if (writer_->knows_all(question, prompt.id)) asked.questions.push_back(question);
  }
  return asked;
}

// Half of the questions propose the true stars, the others another number, as in training.
void TextEvaluation::propose_stars(std::vector<TaskQuestion>& questions) const {
  Rng rng(static_cast<std::uint64_t>(config_->evaluate.seed), "proposed stars");
  for (TaskQuestion& question : questions) {
    question.positive = rng.coin();
    const int other = 1 + static_cast<int>(rng.below(4));
    if (!*question.positive) question.rating = other < *question.rating ? other : other + 1;
  }
}

TextEvaluation::Answers TextEvaluation::answer(const PromptTemplate& prompt, const Asked& asked) const {
  Answers answers;
  const auto batch = static_cast<std::size_t>(config_->evaluate.batch);
  const std::span<const TaskQuestion> questions = asked.questions;
  const BatchedWork work{"Evaluating prompt " + prompt.id, "answers", kStopped, batch};
  if (form_of(prompt) == Form::kText) {
    Progress progress("Evaluating prompt " + prompt.id, questions.size(), "texts");
    answers.texts =
        TextWriter(*model_, *writer_, config_->decode, batch).write(questions, prompt.id, [&](std::size_t count) {
          stop_if_interrupted(kStopped);
          progress.advance(count);
        });
  } else if (form_of(prompt) == Form::kStars) {
    const StarPredictor predictor(*model_, *writer_, prompt.id);
    const StarCalibration& calibration = bundle_->stars.of(prompt);
    in_batches(work, questions.size(), [&](std::size_t begin, std::size_t size) {
      for (const StarDistribution& stars : predictor.predict(questions.subspan(begin, size))) {
        answers.numbers.push_back(stars_of(stars, config_->answer.stars, calibration));
      }
    });
  } else {
    const bool like = prompt.target.uses(Slot::kLikeDislike);
    const AnswerChooser chooser(*model_, bundle_->vocabulary->tokenizer(),
                                {std::string(like ? kLikeText : kYesText), std::string(like ? kDislikeText : kNoText)});
    in_batches(work, questions.size(), [&](std::size_t begin, std::size_t size) {
      std::vector<TokenRow> rows;
      for (const TaskQuestion& question : questions.subspan(begin, size)) {
        rows.push_back(writer_->row(question, prompt.id));
      }
      for (const auto& probabilities : chooser.ask(rows)) answers.numbers.push_back(probabilities.front());
    });
  }
  return answers;
}

std::pair<std::string, TextEvaluation::Answers> TextEvaluation::trivial_answer(const PromptTemplate& prompt,
                                                                               const Asked& asked) const {
  const std::size_t count = asked.questions.size();
  if (form_of(prompt) == Form::kStars) {
    return {"global-mean", {.numbers = std::vector<double>(count, mean_train_rating(*data_->reviews))}};
  }
  if (form_of(prompt) == Form::kYesNo) {
    const double share = prompt.target.uses(Slot::kLikeDislike) ? positive_share() : 0.5;
    return {"majority", {.numbers = std::vector<double>(count, share)}};
  }
  if (prompt.task == PromptTask::kExplain) return {"random-sentence", {.texts = random_sentences(asked)}};
  if (prompt.task == PromptTask::kHeadline) {
    return {"frequent-words", {.texts = std::vector<std::string>(count, frequent_headline_words())}};
  }
  return {"random-answer", {.texts = random_targets(prompt, asked)}};
}

// A training sentence of the same item, any training sentence where the item has none.
std::vector<std::string> TextEvaluation::random_sentences(const Asked& asked) const {
  std::unordered_map<ItemId, std::vector<const Explanation*>> of_item;
  std::vector<const Explanation*> all;
  for (const Explanation& explanation : explanations_->all()) {
    if (data_->reviews->part_of(explanation.interaction) != Part::kTrain) continue;
    of_item[data_->corpus->items()[explanation.interaction]].push_back(&explanation);
    all.push_back(&explanation);
  }
  Rng rng(static_cast<std::uint64_t>(config_->evaluate.seed), "random sentences");
  std::vector<std::string> texts;
  for (const TaskQuestion& question : asked.questions) {
    const auto found = of_item.find(*question.item);
    const auto& sentences = found == of_item.end() ? all : found->second;
    texts.push_back(sentences.empty() ? std::string() : sentences[rng.below(sentences.size())]->sentence);
  }
  return texts;
}

std::vector<std::string> TextEvaluation::random_targets(const PromptTemplate& prompt, const Asked& asked) const {
  const Asked train = ask_about_reviews(prompt, Part::kTrain, kTrainSample);
  Rng rng(static_cast<std::uint64_t>(config_->evaluate.seed), "random answers");
  std::vector<std::string> texts(asked.questions.size());
  for (std::string& text : texts) {
    if (train.questions.empty()) break;
    const TaskQuestion& question = train.questions[rng.below(train.questions.size())];
    text = to_text(writer_->example(question, prompt.id).target, *bundle_->index);
  }
  return texts;
}

// As many of the most frequent words of training headlines as a headline has in the middle, most frequent first.
std::string TextEvaluation::frequent_headline_words() const {
  std::unordered_map<std::string_view, std::size_t> counts;
  std::vector<std::size_t> lengths;
  for (std::size_t i = 0; i < data_->corpus->interaction_count(); ++i) {
    if (data_->reviews->part_of(i) != Part::kTrain) continue;
    const auto words = split_words(data_->corpus->headline(i));
    if (!words.empty()) lengths.push_back(words.size());
    for (const std::string_view word : words) ++counts[word];
  }
  if (lengths.empty()) return {};
  std::nth_element(lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2), lengths.end());
  std::vector<std::pair<std::string_view, std::size_t>> ranked(counts.begin(), counts.end());
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(ranked.size(), lengths[lengths.size() / 2]); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : " ", ranked[i].first);
  }
  return text;
}

double TextEvaluation::positive_share() const {
  double positive = 0, count = 0;
  for (std::size_t i = 0; i < data_->corpus->interaction_count(); ++i) {
    const float rating = data_->corpus->ratings()[i];
    if (data_->reviews->part_of(i) != Part::kTrain || !std::isfinite(rating)) continue;
    positive += star_of(rating) >= kLikeStars ? 1 : 0;
    ++count;
  }
  return count == 0 ? 0.5 : positive / count;
}

std::vector<Score> TextEvaluation::score(const PromptTemplate& prompt, const Asked& asked,
                                         const Answers& answers) const {
  std::vector<Score> scores;
  if (form_of(prompt) == Form::kStars) {
    RatingMetrics metrics(mean_train_rating(*data_->reviews));
    double right = 0;
    for (std::size_t i = 0; i < answers.numbers.size(); ++i) {
      const int truth = *asked.questions[i].rating;
      metrics.add(truth, static_cast<double>(static_cast<float>(answers.numbers[i])));
      right += star_of(answers.numbers[i]) == truth ? 1 : 0;
    }
    scores = star_scores(metrics.result());
    scores.push_back({"accuracy", right / static_cast<double>(answers.numbers.size())});
  } else if (form_of(prompt) == Form::kYesNo) {
    ClassificationMetrics metrics;
    for (std::size_t i = 0; i < answers.numbers.size(); ++i) {
      metrics.add(*asked.questions[i].positive, answers.numbers[i]);
    }
    scores = yes_no_scores(metrics.result());
  } else {
    const std::vector<WrittenText> texts = written_texts(prompt, asked, answers);
    scores = text_scores(texts);
    if (explanations_ != nullptr && prompt.target.uses(Slot::kExplanation)) {
      const auto features = explanations_->features();
      for (Score& score : explanation_scores(texts, features)) scores.push_back(std::move(score));
    }
    if (prompt.task == PromptTask::kText) scores.push_back(exact_score(texts));
  }
  if (prompt.task == PromptTask::kText) put_first(prompt.metric, scores);
  return scores;
}

}  // namespace p5
