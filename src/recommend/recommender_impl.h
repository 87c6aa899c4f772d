// What a Recommender holds, for the files that implement it. Not thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decode_options.h"
#include "model/sequence_model.h"
#include "p5/recommender.h"
#include "recommend/catalog_view.h"
#include "recommend/generative_rating_predictor.h"
#include "recommend/loaded_run.h"
#include "recommend/prompt_choice.h"
#include "recommend/run_sources.h"
#include "recommend/text_writer.h"
#include "retrieval/rerank_options.h"

namespace p5 {

struct Recommender::Impl {
  std::shared_ptr<const LoadedRun> run;
  std::unique_ptr<SequenceModel> model;
  std::shared_ptr<RunSources> sources;    // shared by all workers
  std::shared_ptr<LiveCatalogView> live;  // likewise
  // That of the answer at hand.
  std::shared_ptr<const CatalogView> view;
  // Those that ask the model, made when first asked for.
  std::map<std::string, std::unique_ptr<CandidateSource>> own;
  // The sources as the view needs them, with the items that were added; made when first asked for.
  std::map<std::string, std::unique_ptr<CandidateSource>> filled;

  // The first worker of a run; `fitted` is where its fitted sources are kept.
  static std::unique_ptr<Impl> of(std::shared_ptr<const LoadedRun> run, std::unique_ptr<SequenceModel> model,
                                  const std::filesystem::path& fitted, std::shared_ptr<BanditStates> bandits = nullptr);

  const ModelBundle& bundle() const { return run->bundle; }
  const Corpus& corpus() const { return view->corpus(); }
  // What every answer begins with.
  void look();
  const CandidateSource& source_named(const std::string& name);
  // The same for all items of the view.
  const CandidateSource& filled_source(const std::string& name);
  TextWriter text_writer() const { return {*model, run->writer, bundle().decode}; }
  // A checked request, in the corpus's ids.
  struct Wanted {
    std::vector<ItemId> history;                       // as it was asked for
    std::vector<ItemId> counted, candidates, exclude;  // that the query looks at
    CandidateQuery query;
    std::int64_t k = 0;
    std::string source;
    DecodeOptions decode;
    RerankOptions rerank;
    RequestNotes notes = {};
    bool nothing_left = false;  // the filter leaves no candidate: the answer is empty

    // Items that the source is asked for.
    std::int64_t pool() const { return rerank.method == RerankOptions::Method::kNone ? k : std::max(k, rerank.pool); }
  };
  // Thread-safe.
  Wanted resolve(const RecommendRequest& request, const CatalogView& catalog) const;
  // Candidates with the shares of a hybrid's parts; without, where another source answers.
  struct Found {
    Candidate candidate;
    std::vector<SourceShare> why;
    double propensity = 1;  // of a drawn place
  };
  std::string source_for(const RecommendRequest& request) const;
  bool taught(const RecommendRequest& request) const;
  std::vector<std::vector<Found>> ask(const std::string& source, std::span<const CandidateQuery> queries,
                                      std::size_t k);
  std::vector<std::vector<Found>> retrieve(std::span<const Wanted> wanted);
  // Puts each list in the order that its request asks for, and cuts it.
  void rerank(std::span<const Wanted> wanted, std::span<std::vector<Found>> lists);
  // The probability of each item of `items` at its place of the answer that `list` becomes.
  std::vector<double> propensities(const Wanted& wanted, std::span<const Found> list,
                                   std::span<const std::optional<ItemId>> items);
  // The answer that a list of `source` is, without what explains it.
  std::vector<Recommendation> named(std::span<const Found> list, const std::string& source) const;
  ItemName name_of(ItemId item) const { return name_of(item, *view); }
  ItemName name_of(ItemId item, const CatalogView& catalog) const;  // thread-safe
  // Names the item of the history that counts most for each item of the list.
  void give_reasons(const Wanted& wanted, std::span<const Found> list, std::span<Recommendation> items);
  std::optional<Because> because_of(std::span<const ItemId> history, ItemId item);
  // One sentence per item: quoted, generated, or because of an item of the history.
  void explain(const RecommendRequest& request, const Wanted& wanted, std::span<const Found> list,
               std::span<Recommendation> items);
  // A quote as an answer; none where nobody wrote a fitting sentence.
  std::optional<PromptAnswer> quote(const QuoteWish& wish);
  // The stars that a review speaks of, before they become a number; none where the run cannot tell.
  RatingDistribution stars_of_review(const TaskQuestion& question, const PromptTemplate& prompt);
  // Texts that answer the prompt: the one that decode.* asks for, then samples.
  std::vector<std::string> candidates_for(const PromptTemplate& prompt, const TaskQuestion& question);
  PromptAnswer generate(const ExplainRequest& request, const TaskQuestion& question);
  // A quote, a sentence of the model, or an item of the history: the first that there is.
  PromptAnswer explain(const ExplainRequest& request, const TaskQuestion& question);
  const PromptTemplate& choose(const PromptWish& wish, const std::string& asked, const std::string& of_run) const;
  // What the corpus knows about user and item, as far as the prompt asks for it, without a history.
  TaskQuestion question_of(const PromptTemplate& prompt, std::optional<UserId> user, std::optional<ItemId> item);
  // What came before the item: in the corpus, where the user took it there, else all that it has of the user and the
  // later items up to this one.
  std::vector<ItemId> history_before(std::optional<UserId> user, std::optional<ItemId> item,
                                     std::span<const ItemId> later) const;
  void require_ratings() const;  // throws Unsupported where the corpus has none
  // Throws Unsupported for an item that was added: no prompt can name it.
  void require_counted(ItemId item) const;
  PredictedRating mean_prediction(ItemId item) const;
  // Of an item that the model knows.
  RatingDistribution rating_of(const TaskQuestion& question);
  // The mean over the items that read most like an added one.
  RatingDistribution rating_of_added(TaskQuestion question, ItemId added);
  // What the run's other predictors know of the pair, mixed in; nothing where the run has no mixture.
  void mix_ratings(UserId user, ItemId item, PredictedRating& prediction) const;
  PredictedRating prediction_of(const RatingDistribution& distribution, const PromptTemplate& prompt) const;
  PromptAnswer answer_in_words(const PromptTemplate& prompt, const TaskQuestion& question);
  std::vector<AnswerChoice> choices_of(const PromptTemplate& prompt, const TaskQuestion& question);
  std::vector<AnswerChoice> items_for(const PromptTemplate& prompt, const TaskQuestion& question);
  // The best items as the answer to a free prompt that names some, where the model wrote others.
  std::vector<AnswerChoice> items_after(const TokenRow& row, const std::vector<ItemId>& named,
                                        std::span<const ItemId> written);
  AnswerChoice choice_of(const Candidate& candidate) const;
  std::vector<ItemName> mentioned_in(const RenderedText& text) const;
  std::vector<ItemId> candidates_of(UserId user, ItemId item) const;
};

constexpr std::size_t kShownItems = 5;  // of a prompt that asks for one

bool is_blank(std::string_view text);

// By key. Throw NotFound; `otherwise` is what else the caller could have given.
ItemId item_of(const Corpus& corpus, const std::string& key);
UserId user_of(const Corpus& corpus, const std::string& key, std::string_view otherwise = {});

// Throws InvalidArgument unless one of the two is given.
void require_user_or_history(const std::string& user, bool history);
// Throws InvalidArgument where later items are given without a user.
void require_user_of_later(const std::string& user, bool later);
// Those that the corpus has; the others are refused where `strict` says so, else added to `skipped`.
std::vector<ItemId> known_items_of(const Corpus& corpus, const std::vector<std::string>& keys, bool strict,
                                   std::vector<std::string>& skipped);
// None for a user that the corpus does not have, who is refused where `strict` says so, and for an empty key.
std::optional<UserId> known_user_of(const Corpus& corpus, const std::string& key, bool strict);

}  // namespace p5
