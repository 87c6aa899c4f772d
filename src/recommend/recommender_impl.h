// What a Recommender holds, for the files that implement it. Not thread-safe.
#pragma once

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
#include "recommend/generative_rating_predictor.h"
#include "recommend/item_selections.h"
#include "recommend/loaded_run.h"
#include "recommend/prompt_choice.h"
#include "recommend/run_sources.h"
#include "recommend/text_writer.h"

namespace p5 {

struct Recommender::Impl {
  std::shared_ptr<const LoadedRun> run;
  std::unique_ptr<SequenceModel> model;
  std::shared_ptr<RunSources> sources;         // shared by all workers
  std::shared_ptr<ItemSelections> selections;  // likewise
  // Those that ask the model, made when first asked for.
  std::map<std::string, std::unique_ptr<CandidateSource>> own;

  const ModelBundle& bundle() const { return run->bundle; }
  const Corpus& corpus() const { return *run->data.corpus; }
  const CandidateSource& source_named(const std::string& name);
  TextWriter text_writer() const { return {*model, run->writer, bundle().decode}; }
  // A checked request, in the corpus's ids.
  struct Wanted;
  Wanted resolve(const RecommendRequest& request) const;
  // Candidates with the shares of a hybrid's parts; without, where another source answers.
  struct Found;
  std::string source_for(const RecommendRequest& request) const;
  std::vector<std::vector<Found>> ask(const std::string& source, std::span<const CandidateQuery> queries,
                                      std::size_t k);
  std::vector<std::vector<Found>> retrieve(std::span<const Wanted> wanted);
  // Puts each list in the order that its request asks for, and cuts it.
  void rerank(std::span<const Wanted> wanted, std::span<std::vector<Found>> lists);
  // One sentence per item.
  std::vector<std::string> explain(const Wanted& wanted, std::span<const Found> items);
  const PromptTemplate& choose(const PromptWish& wish, const std::string& asked, const std::string& of_run) const;
  // What the corpus knows about user and item, as far as the prompt asks for it.
  TaskQuestion question_of(const PromptTemplate& prompt, std::optional<UserId> user, std::optional<ItemId> item);
  PredictedRating prediction_of(const RatingDistribution& distribution, const PromptTemplate& prompt) const;
  PromptAnswer answer_in_words(const PromptTemplate& prompt, const TaskQuestion& question);
  std::vector<AnswerChoice> choices_of(const PromptTemplate& prompt, const TaskQuestion& question);
  std::vector<AnswerChoice> items_for(const PromptTemplate& prompt, const TaskQuestion& question);
  std::vector<ItemId> candidates_of(UserId user, ItemId item) const;
};

// By key. Throw NotFound; `otherwise` is what else the caller could have given.
ItemId item_of(const Corpus& corpus, const std::string& key);
UserId user_of(const Corpus& corpus, const std::string& key, std::string_view otherwise = {});

// Throws InvalidArgument unless one of the two is given.
void require_user_or_history(const std::string& user, bool history);
// Those that the corpus has; the others are refused where `strict` says so, else added to `skipped`.
std::vector<ItemId> known_items_of(const Corpus& corpus, const std::vector<std::string>& keys, bool strict,
                                   std::vector<std::string>& skipped);
// None for a user that the corpus does not have, who is refused where `strict` says so, and for an empty key.
std::optional<UserId> known_user_of(const Corpus& corpus, const std::string& key, bool strict);

}  // namespace p5
