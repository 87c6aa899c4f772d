#include "evaluate/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <string_view>
#include <vector>

#include "base/draw.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "base/progress.h"
#include "base/rng.h"
#include "base/thread_pool.h"
#include "corpus/split_facts.h"
#include "evaluate/answer_scores.h"
#include "evaluate/beyond_accuracy.h"
#include "evaluate/target_rank.h"
#include "evaluate/top_lists.h"
#include "p5/error.h"
#include "retrieval/global_mean_predictor.h"

namespace p5 {
namespace {

constexpr std::string_view kInterrupted = "evaluation interrupted; nothing was written";

struct Question {
  CandidateQuery query;
  ItemId target = 0;
};

enum class SeenItems { kKept, kDropped };

using ScoreVisitor = std::function<void(std::size_t question, std::span<const float> scores)>;
using ListVisitor = std::function<void(std::size_t question, std::span<const Candidate> list)>;

// What a list tells in addition to the rank of its target.
struct ListQuality {
  std::size_t places = 0, invalid = 0, distinct = 0;

  double invalid_rate() const { return places == 0 ? 0.0 : static_cast<double>(invalid) / static_cast<double>(places); }
};

// `excluded` must outlive the questions.
std::vector<Question> questions_of(const Split& split, Part part, const EvaluateOptions& options,
                                   std::span<const ItemId> excluded = {}) {
  std::vector<Question> questions;
  for (const UserId user : users_to_ask(split, part, options)) {
    const ItemId target = split.corpus().items()[*split.target_of(user, part)];
    questions.push_back(
        {.query = {.user = user, .history = split.history_for(user, part), .exclude = excluded}, .target = target});
  }
  return questions;
}

// Other users, targets or candidates have another number.
std::uint64_t number_of(std::span<const Question> questions) {
  std::uint64_t number = 0;
  for (const Question& question : questions) {
    number = stable_hash(
        fmt::format("{} {} {}", question.query.user, question.target, fmt::join(question.query.candidates, " ")),
        number);
  }
  return number;
}

// Visits the score row of every question, from several threads; false, and no visits, when the source has none.
bool visit_scores(const CandidateSource& source, std::span<const Question> questions, std::size_t item_count,
                  const EvaluateOptions& options, const ScoreVisitor& visit) {
  constexpr std::size_t kGrain = 32;
  constexpr std::size_t kBlockScores = 1 << 16;  // of rows that are scored together: they fit a core's L2 cache
  if (questions.empty()) return true;
  std::vector<float> probe(item_count);
  if (!source.score_all(questions.front().query, probe)) return false;
  ThreadPool pool(static_cast<std::size_t>(options.threads));
  const std::size_t most = std::clamp<std::size_t>(kBlockScores / item_count, 1, kGrain);
  std::vector<std::vector<float>> blocks(pool.size(), std::vector<float>(most * item_count));
  Progress progress("Evaluating " + source.name(), questions.size(), "users");
  pool.parallel_for(questions.size(), kGrain, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    stop_if_requested(options.stop, kInterrupted);
    std::vector<CandidateQuery> queries;
    for (std::size_t first = begin; first < end; first += queries.size()) {
      queries.clear();
      for (const Question& question : questions.subspan(first, std::min(most, end - first))) {
        queries.push_back(question.query);
      }
      const auto rows = std::span(blocks[worker]).first(queries.size() * item_count);
      source.score_all(queries, rows);
      for (std::size_t i = 0; i < queries.size(); ++i) visit(first + i, rows.subspan(i * item_count, item_count));
    }
    progress.advance(end - begin);
  });
  return true;
}

void visit_lists(const CandidateSource& source, std::span<const Question> questions, std::size_t k,
                 const EvaluateOptions& options, const ListVisitor& visit) {
  const std::size_t batch = std::max(static_cast<std::size_t>(options.batch), source.queries_at_once());
  Progress progress("Evaluating " + source.name(), questions.size(), "users");
  std::vector<CandidateQuery> queries;
  for (std::size_t begin = 0; begin < questions.size(); begin += queries.size()) {
    stop_if_requested(options.stop, kInterrupted);
    queries.clear();
    for (const Question& question : questions.subspan(begin, std::min(batch, questions.size() - begin))) {
      queries.push_back(question.query);
    }
    const auto lists = source.retrieve(queries, k);
    if (lists.size() != queries.size()) {
      throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "a candidate source lost answers",
                  {.where = source.name(),
                   .expected = fmt::format("{} lists", queries.size()),
                   .got = fmt::format("{}", lists.size())});
    }
    for (std::size_t i = 0; i < lists.size(); ++i) {
      visit(begin + i, std::span(lists[i]).first(std::min(k, lists[i].size())));
    }
    progress.advance(queries.size());
  }
}

void count_quality(std::span<const Candidate> list, const std::function<bool(ItemId)>& valid, ListQuality& quality) {
  std::vector<ItemId> items;
  for (const Candidate& candidate : list) {
    if (valid(candidate.item)) items.push_back(candidate.item);
  }
  quality.places += list.size();
  quality.invalid += list.size() - items.size();
  std::sort(items.begin(), items.end());
  quality.distinct += static_cast<std::size_t>(std::unique(items.begin(), items.end()) - items.begin());
}

// The user's negatives and target as the source gets them: sorted, so that the stored order tells nothing, then
// shuffled by seed and user, so that the order of ids tells nothing either.
void append_candidates(const Question& question, std::span<const ItemId> negatives, const Corpus& corpus,
                       std::int64_t seed, std::vector<ItemId>& candidates) {
  const std::size_t begin = candidates.size();
  candidates.insert(candidates.end(), negatives.begin(), negatives.end());
  candidates.push_back(question.target);
  const auto row = std::span(candidates).subspan(begin);
  std::sort(row.begin(), row.end());
  const auto fail = [&](std::string expected, ItemId got) {
    return data_error("bad negatives",
                      {.where = fmt::format("negatives of user '{}'", corpus.user_key(question.query.user)),
                       .expected = std::move(expected),
                       .got = fmt::format("item {}", got)});
  };
  if (row.back() >= corpus.item_count()) throw fail(fmt::format("items below {}", corpus.item_count()), row.back());
  const auto twice = std::adjacent_find(row.begin(), row.end());
  if (twice != row.end()) throw fail("distinct items without the target", *twice);
  Rng(static_cast<std::uint64_t>(seed), fmt::format("direct candidates of {}", question.query.user)).shuffle(row);
}

// All candidates in one row of memory; the questions' queries point into it.
std::vector<ItemId> pose_candidates(std::span<Question> questions, const NegativeSamples& negatives,
                                    const Corpus& corpus, std::int64_t seed) {
  if (negatives.count == 0 || negatives.items.size() != corpus.user_count() * negatives.count) {
    throw data_error("negatives of another corpus",
                     {.where = "negatives",
                      .expected = fmt::format("{} users with {} items each", corpus.user_count(), negatives.count),
                      .got = fmt::format("{} items", negatives.items.size())});
  }
  std::vector<ItemId> candidates;
  std::vector<std::size_t> ends;
  for (const Question& question : questions) {
    append_candidates(question, negatives.of(question.query.user), corpus, seed, candidates);
    ends.push_back(candidates.size());
  }
  std::size_t begin = 0;
  for (std::size_t i = 0; i < questions.size(); begin = ends[i++]) {
    questions[i].query.candidates = std::span(candidates).subspan(begin, ends[i] - begin);
  }
  return candidates;
}

std::size_t unseen_places(std::span<const Candidate> list, std::span<const ItemId> history) {
  return static_cast<std::size_t>(std::count_if(list.begin(), list.end(), [&](const Candidate& candidate) {
    return std::find(history.begin(), history.end(), candidate.item) == history.end();
  }));
}

// The ranks of all targets, and the top tens where these are measured.
class SequentialAnswers {
 public:
  SequentialAnswers(std::span<const Question> questions, std::size_t item_count, const EvaluateOptions& options)
      : questions_(questions),
        beyond_(options.beyond),
        longest_cutoff_(options.figures().longest()),
        kept_(questions.size()),
        dropped_(questions.size()) {
    if (beyond_ != nullptr) lists_.emplace(questions.size(), item_count);
  }

  void set(std::size_t i, std::span<const float> scores) {
    store(i, rank_in_scores(scores, questions_[i].target, history(i)));
    if (lists_) lists_->set(i, scores, history(i));
  }
  void set(std::size_t i, std::span<const Candidate> list) {
    store(i, rank_in_list(list, questions_[i].target, history(i)));
    if (lists_) lists_->set(i, list, history(i));
    if (unseen_places(list, history(i)) >= longest_cutoff_) return;
    if (dropped_[i] == kMiss || lists_) short_lists_.push_back(i);
  }

  // Where seen items leave fewer positions of a list than the longest cut-off, the source is asked again for a list
  // without them, as a product would ask. The ranks of `dropped` are thus ranks in the catalogue, not in what seen
  // items left of a list.
  void ask_without_seen(const CandidateSource& source, const EvaluateOptions& options) {
    std::vector<Question> again;
    std::vector<std::vector<ItemId>> excluded;  // seen items, and those that no question asks about
    for (const std::size_t i : short_lists_) {
      const CandidateQuery& query = questions_[i].query;
      excluded.emplace_back(query.history.begin(), query.history.end());
      excluded.back().insert(excluded.back().end(), query.exclude.begin(), query.exclude.end());
      again.push_back(questions_[i]);
      again.back().query.exclude = excluded.back();
    }
    visit_lists(source, again, options.list_length(), options, [&](std::size_t at, auto list) {
      const std::size_t i = short_lists_[at];
      if (dropped_[i] == kMiss) dropped_[i] = rank_in_list(list, questions_[i].target, history(i)).seen_dropped;
      if (lists_) lists_->set_dropped(i, list, history(i));
    });
  }

  std::span<const std::size_t> kept() const { return kept_; }
  std::span<const std::size_t> dropped() const { return dropped_; }

  // Of one part; nothing where nobody asked for it.
  std::vector<Finding> findings(SeenItems seen) const {
    if (beyond_ == nullptr) return {};
    const bool keep = seen == SeenItems::kKept;
    std::vector<AnsweredQuestion> answered;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      answered.push_back({.user = questions_[i].query.user,
                          .history = history(i),
                          .target = questions_[i].target,
                          .rank = keep ? kept_[i] : dropped_[i],
                          .list = keep ? lists_->kept(i) : lists_->dropped(i)});
    }
    return beyond_->measure(answered);
  }

 private:
  std::span<const ItemId> history(std::size_t i) const { return questions_[i].query.history; }
  void store(std::size_t i, SeenRanks ranks) {
    kept_[i] = ranks.seen_kept;
    dropped_[i] = ranks.seen_dropped;
  }

  std::span<const Question> questions_;
  const BeyondAccuracy* beyond_;
  std::size_t longest_cutoff_;
  std::vector<std::size_t> kept_, dropped_, short_lists_;
  std::optional<TopLists> lists_;
};

// A user who has met every item has no negatives: the target alone would be first for every source.
void drop_without_negatives(std::vector<Question>& questions, const NegativeSamples& negatives) {
  const std::size_t asked = questions.size();
  if (negatives.count == 0) return;  // refused later
  std::erase_if(questions, [&](const Question& question) {
    return negatives.items.size() > question.query.user * negatives.count && negatives.of(question.query.user).empty();
  });
  if (questions.size() == asked) return;
  log_warning(
      fmt::format("{} of {} users have no negatives, since they have met every item: they are not asked direct "
                  "questions",
                  asked - questions.size(), asked));
}

// How the targets of some questions were ranked; `list` is the length of the lists, 0 where all items were scored.
struct Ranking {
  std::uint64_t questions = 0;
  std::span<const std::size_t> ranks = {};
  std::size_t list = 0;

  RankedBy ranked_by() const { return list == 0 ? RankedBy::kScores : RankedBy::kList; }
};

TaskResult ranking_result(std::string part, std::string title, const Ranking& ranking, const RankingFigures& figures) {
  RankingMetrics metrics(figures);
  for (const std::size_t rank : ranking.ranks) metrics.add(rank);
  return {.part = std::move(part),
          .title = std::move(title),
          .n = ranking.ranks.size(),
          .questions = ranking.questions,
          .scores = metrics.scores(ranking.ranked_by()),
          .ranks = {ranking.ranks.begin(), ranking.ranks.end()},
          .list_length = ranking.list};
}

// Predictions that are not numbers count as `fallback`.
ClickResult click_result(std::span<const RatingPrediction> predictions, double fallback, const RatingScale& scale) {
  ClickMetrics clicks;
  for (const auto& [truth, predicted] : predictions) {
    const double rating = scale.clamp(std::isfinite(predicted) ? static_cast<double>(predicted) : fallback);
    clicks.add(scale.level_of(static_cast<double>(truth)) == 1,
               (rating - scale.lowest()) / (scale.highest() - scale.lowest()));
  }
  return clicks.result();
}

Score invalid_score(double rate) { return {.name = "invalid_rate", .value = rate, .heading = "invalid"}; }

// The whole of a sequential task: how good the lists are, however seen items are treated.
TaskResult list_result(std::size_t users, double invalid_rate, double distinct, RankedBy ranked_by) {
  TaskResult result{.n = users, .scores = {invalid_score(invalid_rate), {.name = "distinct", .value = distinct}}};
  if (ranked_by == RankedBy::kList) result.details = {{"mrr_over", "list"}};
  return result;
}

}  // namespace

std::vector<UserId> users_to_ask(const Split& split, Part part, const EvaluateOptions& options) {
  if (!split.is_sequential()) {
    throw usage_error("rankings need histories", {.where = "split '" + split.name() + "'",
                                                  .expected = "a split that cuts each user's time line",
                                                  .got = "one that does not"});
  }
  std::vector<UserId> users = users_with_target(split, part);
  if (users.empty()) {
    throw usage_error(
        "nothing to evaluate",
        {.where = "split '" + split.name() + "'", .expected = "users with a target in this part", .got = "none"});
  }
  keep_sample(users, static_cast<std::size_t>(options.users),
              Rng(static_cast<std::uint64_t>(options.seed), "evaluate users"));
  return users;
}

std::vector<std::size_t> reviews_to_ask(const Split& split, Part part, const EvaluateOptions& options) {
  std::vector<std::size_t> positions;
  for (const std::size_t i : split.rated_positions(part)) positions.push_back(i);
  if (options.users == 0) return positions;
  const auto user_of = [&](std::size_t i) { return split.corpus().users()[i]; };
  std::vector<UserId> users;
  for (const std::size_t i : positions) users.push_back(user_of(i));
  std::ranges::sort(users);
  const auto repeats = std::ranges::unique(users);
  users.erase(repeats.begin(), repeats.end());
  keep_sample(users, static_cast<std::size_t>(options.users),
              Rng(static_cast<std::uint64_t>(options.seed), "evaluate users"));
  std::ranges::sort(users);
  std::erase_if(positions, [&](std::size_t i) { return !std::ranges::binary_search(users, user_of(i)); });
  return positions;
}

TaskResults evaluate_sequential(const Split& split, Part part, const CandidateSource& source,
                                const EvaluateOptions& options) {
  const std::vector<ItemId> without_events = split.corpus().items_without_events();
  const std::vector<Question> questions = questions_of(split, part, options, without_events);
  const std::size_t item_count = split.corpus().item_count();
  const std::size_t k = options.list_length();
  SequentialAnswers answers(questions, item_count, options);
  const bool scored =
      visit_scores(source, questions, item_count, options, [&](std::size_t i, auto scores) { answers.set(i, scores); });
  ListQuality quality;
  if (!scored) {
    visit_lists(source, questions, k, options, [&](std::size_t i, auto list) {
      answers.set(i, list);
      count_quality(
          list, [&](ItemId item) { return item < item_count; }, quality);
    });
    answers.ask_without_seen(source, options);
  }
  const RankedBy ranked_by = scored ? RankedBy::kScores : RankedBy::kList;
  const double distinct = scored ? static_cast<double>(std::min(k, split.corpus().items_with_events()))
                                 : static_cast<double>(quality.distinct) / static_cast<double>(questions.size());
  const std::uint64_t number = number_of(questions);
  const Ranking kept{number, answers.kept(), scored ? 0 : k}, dropped{number, answers.dropped(), scored ? 0 : k};
  TaskResults results{ranking_result("keep", "Sequential, seen items allowed", kept, options.figures()),
                      ranking_result("drop", "Sequential, seen items removed", dropped, options.figures()),
                      list_result(questions.size(), quality.invalid_rate(), distinct, ranked_by)};
  results[0].beyond = answers.findings(SeenItems::kKept);
  results[1].beyond = answers.findings(SeenItems::kDropped);
  for (TaskResult& result : results) result.task = "sequential";
  return results;
}

TaskResult evaluate_direct(const Split& split, Part part, const CandidateSource& source,
                           const NegativeSamples& negatives, const EvaluateOptions& options) {
  std::vector<Question> questions = questions_of(split, part, options);
  drop_without_negatives(questions, negatives);
  const std::vector<ItemId> candidates = pose_candidates(questions, negatives, split.corpus(), options.seed);
  std::vector<std::size_t> ranks(questions.size());
  const bool scored =
      visit_scores(source, questions, split.corpus().item_count(), options, [&](std::size_t i, auto scores) {
        ranks[i] = rank_among(scores, questions[i].target, questions[i].query.candidates);
      });
  ListQuality quality;
  const std::size_t k = std::min(options.list_length(), negatives.count + 1);
  if (!scored) {
    visit_lists(source, questions, k, options, [&](std::size_t i, auto list) {
      const auto own = questions[i].query.candidates;
      ranks[i] = rank_in_list(list, questions[i].target, {}).seen_kept;
      count_quality(
          list, [&](ItemId item) { return std::find(own.begin(), own.end(), item) != own.end(); }, quality);
    });
  }
  const std::string sha256 = negatives.sha256();
  TaskResult result =
      ranking_result("", fmt::format("Direct: one target among stored negatives (sha256 {})", sha256.substr(0, 12)),
                     {number_of(questions), ranks, scored ? 0 : k}, options.figures());
  result.task = "direct";
  result.scores.push_back(invalid_score(quality.invalid_rate()));
  result.details = {{"negatives_sha256", sha256}};
  return result;
}

TaskResult evaluate_rating(std::span<const RatingPrediction> predictions, double train_mean, const RatingScale& scale) {
  RatingMetrics metrics(train_mean, scale);
  for (const RatingPrediction& prediction : predictions) {
    metrics.add(static_cast<double>(prediction.truth), static_cast<double>(prediction.predicted));
  }
  const RatingResult measured = metrics.result();
  std::vector<Score> scores = star_scores(measured);
  scores[0].heading = "RMSE";
  scores[1].heading = "MAE";
  scores.insert(scores.begin() + 2, {.name = "coverage", .value = measured.coverage});
  if (scale.level_count() == 2) {
    const std::vector<Score> clicks = click_scores(click_result(predictions, train_mean, scale));
    scores.insert(scores.end(), clicks.begin(), clicks.end());
  }
  return {.task = "rating",
          .title = fmt::format("Rating: stars {}, all predictions, clamped to the scale", scale.in_words()),
          .n = measured.n,
          .scores = std::move(scores),
          .details = {{"scale", scale.to_string()}}};
}

TaskResult evaluate_rating(const Split& split, Part part, const RatingPredictor& predictor,
                           const EvaluateOptions& options) {
  const Corpus& corpus = split.corpus();
  std::vector<RatingPrediction> predictions;
  for (const std::size_t i : reviews_to_ask(split, part, options)) {
    predictions.push_back({corpus.ratings()[i], predictor.predict(corpus.users()[i], corpus.items()[i])});
  }
  return evaluate_rating(predictions, mean_train_rating(split), corpus.rating_scale());
}

}  // namespace p5
