// A trained run, ready to answer: what next, how many stars, why, what a review says, and free prompts. Includes
// neither LibTorch nor third-party headers. One Recommender serves one caller at a time; worker() makes one for each
// further caller, which shares the run and its weights.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "p5/key_kind.h"

namespace p5 {

struct LoadedRun;  // of the engine's own headers
class CatalogView;
class BanditStates;

struct RecommenderOptions {
  std::string corpus;           // empty: the corpus that the run was trained on
  std::string device = "auto";  // auto | cpu | cuda | cuda:<n>
  std::int64_t threads = 0;     // CPU threads; 0 = all
  // Precision of CPU products where the processor has matrix tiles: highest (as float32) | high | medium.
  std::string matmul = "highest";
  std::vector<std::string> settings = {};  // decode.* and rerank.* options that differ from the run's
  // A folder of what policies that learn know, kept by p5 serve --bandits, for the orders "linucb", "thompson" and
  // "neural"; empty: they are refused. In its place, what a daemon holds.
  std::string bandits = {};
  std::shared_ptr<BanditStates> held_bandits = {};
};

inline constexpr std::int64_t kMaxRecommendations = 10000;

// A request for items. Items and users are the source's own keys. Messages name a field as "request.history".
struct RecommendRequest {
  std::string user = {};                  // of the corpus, with the history that it has there; or
  std::vector<std::string> history = {};  // items, oldest first, of an unknown user
  // With `user`: what came after the history that the corpus has, oldest first.
  std::vector<std::string> later = {};
  std::vector<std::string> candidates = {};  // not empty: rank only these
  std::vector<std::string> exclude = {};     // items to leave out, in addition to those of the history
  // Only items that fit a condition on what the catalogue knows of them: "category=Guitars price<50 brand!=Fender"
  // (docs/recommending.md). Empty: all.
  std::string where = {};
  // Not empty: only these items, of which any may be unknown to the run. Unlike candidates, a list of any length.
  std::vector<std::string> available = {};
  // Whether an unknown user, or an unknown item in the history, is refused. Else such items are passed over, and a user
  // of whom nothing is known gets the most popular items; notes() says so.
  bool strict = false;
  std::int64_t k = 10;     // items wanted, 1 to kMaxRecommendations
  bool keep_seen = false;  // whether items of the history may come back
  // The source of the items: "hybrid", which fuses all sources of the run (docs/hybrid.md), "p5", the model itself, or
  // another row of docs/protocol.md such as "item-knn". It is fit to the run's training data at its first use, and kept
  // in the run's folder. Empty: the hybrid where the run has a fitted one and no prompt is asked for, else p5.
  std::string source = {};
  std::string prompt_id = {};  // of p5; empty: the run's default, such as "2-3"
  // The order of the list: "none", "mmr", "dpp", "calibrate", or one that draws places at random with their
  // propensities: "shuffle", "epsilon", "softmax", "squarecb", "linucb", "thompson", "neural" (rerank.method); empty:
  // as the run's options say.
  std::string rerank = {};
  // Names the draw of an order that is drawn: equal names give equal lists. Empty: user and history decide.
  std::string draw = {};
  // One sentence per item (Explanation below). Throws Unsupported where `generate` asks a run that was trained without
  // explanations.
  bool explain = false;
  bool generate = false;  // explanations are sentences of the model; else, quotes come first
  bool because = true;    // whether answers name the item of the history that counts most for them
  // decode.* and rerank.* options of search, text and order for this request: "decode.beams=40".
  std::vector<std::string> settings = {};
};

// What was done about a request's unknown keys.
struct RequestNotes {
  std::vector<std::string> skipped = {};  // items of the history that the corpus does not have
  std::string fallback = {};              // the source that answers because nothing is known of the user: "popularity"
};

// What one part of a hybrid contributed to a recommendation.
struct SourceShare {
  std::string source;
  double share = 0;  // of 1
};

// A request for items like a given one: what a source recommends to somebody whose only item it is, without the item
// itself. Fields as in RecommendRequest.
struct SimilarRequest {
  std::string item;
  std::int64_t k = 10;
  std::string source = "item-knn";
  std::vector<std::string> exclude = {};
  std::string where = {};
  std::vector<std::string> available = {};
  std::vector<std::string> settings = {};
};

// An item for people: its key, its title (empty where the catalogue has none), and its name in prompts, "item_42".
struct ItemName {
  std::string item, title;
  std::string name = {};
};

// The item of a history that counts most for a recommendation, by the pairs of items that item-kNN counted in training,
// whatever source proposed it.
struct Because {
  std::string item, title;
  double share = 0;  // of what all items of the history count together
};

// Where a sentence that explains comes from.
struct ExplanationOrigin {
  // "quoted": a customer wrote it about this item, in a training review; "generated": the model wrote it; "because-of":
  // it names an item of the history. Empty: there is no sentence.
  std::string kind = {};
  std::string user = {};     // of a quote: who wrote it
  std::string item = {};     // of a quote: about which item; because-of: the item of the history
  std::string feature = {};  // of a quote: what it judges
};

struct Recommendation {
  std::string item;              // key
  std::string title;             // empty where the catalogue has none
  double score = 0;              // as its source scores; p5: log-probability
  std::string source = {};       // that proposed it
  std::string explanation = {};  // where asked for
  // Of a hybrid's items: its parts by their share in the item's score, the largest first.
  std::vector<SourceShare> why = {};
  // The probability with which a drawn list has this item at this place, given the places above; 1 where nothing was
  // drawn.
  double propensity = 1;
  double share = 0;             // of the list: what shares of scores mean is in docs/recommending.md
  std::string score_kind = {};  // "log-probability", "log-score", "logit" or "score"
  std::optional<Because> because = {};
  ExplanationOrigin origin = {};  // of the explanation
  std::uint32_t number = 0;       // of the item, in the order of item_keys()
};

struct PredictedRating {
  double stars = 0;                       // by the run's rule (decode.stars: mean, median or mode)
  std::vector<double> levels = {};        // that the model chose among, ascending: 1 to 5
  std::vector<double> probability = {};   // of each level
  std::string scale = {};                 // of the ratings that the run was trained on: "1 to 5"
  std::vector<std::string> skipped = {};  // as RequestNotes::skipped
  // "item-mean": of what others gave the item, for a user of whom nothing is known; "similar-items": of what the user
  // would give the items that read most like an item that the model does not know.
  std::string fallback = {};
};

// An item that somebody had, and the stars that they gave it, on the scale of the run.
struct RatedItem {
  std::string item;
  std::optional<double> stars = {};
};

// A fact about an item beyond the named columns: "color" with the value "red", or a number.
struct ItemFact {
  std::string name;
  std::vector<std::string> values = {};
  std::optional<double> number = {};
};

// What a shop says of an item now. An item that the corpus does not have can be recommended by what reads like it.
struct ItemChange {
  std::string item;  // key
  // In place of what the corpus has; none: as it is there.
  std::optional<std::string> title = {}, brand = {}, description = {};
  std::optional<double> price = {};  // NaN: unknown
  std::optional<std::vector<std::string>> categories = {};
  std::optional<std::vector<ItemFact>> facts = {};
  bool available = true;  // whether it may be recommended
};

// What was changed in a shop since the corpus of a run was made.
struct CatalogChanges {
  std::vector<ItemChange> items = {};             // each key once
  std::vector<std::string> forgotten_users = {};  // keys of users who are unknown from now on
};

// How a user would rate an item: a user of the corpus, or one who is known by the ratings that they gave.
struct PredictRequest {
  std::string item;
  std::string user = {};
  std::vector<RatedItem> history = {};  // oldest first, in place of a user
  std::vector<RatedItem> later = {};    // as RecommendRequest::later
  bool strict = false;                  // as RecommendRequest::strict
};

// Why a user would like an item or not: a sentence that another customer wrote about it in a training review, on a
// feature that the user writes about where there is one. Where nobody wrote one, or where a prompt is named, the model
// writes it; a run without explanations names an item of the user's history.
struct ExplainRequest {
  std::string user, item;
  std::vector<std::string> history = {};  // items, oldest first, of an unknown user; in place of `user`
  std::vector<std::string> later = {};    // as RecommendRequest::later
  bool strict = false;                    // as RecommendRequest::strict
  std::string feature = {};               // what to talk about, such as "sound"; empty: anything
  std::string prompt_id = {};             // that asks the model; empty: the run's default
  bool generate = false;                  // the model writes, whatever customers wrote
};

// The text of a review, about any item.
struct ReviewRequest {
  std::string text;
  std::string user = {};       // who wrote it; empty: a new user
  std::string prompt_id = {};  // empty: the run's default
  bool generate = false;       // the headline is what the model says first, whatever the stars of the text
};

// A question with one of the run's prompts. What the corpus knows of user and item fills the slots.
struct TryRequest {
  std::string prompt_id;
  std::string user = {};     // empty: a new user
  std::string item = {};     // for prompts that ask for an item, the one that came next; may be empty for these
  std::string feature = {};  // instead of the one of the user's review
  std::vector<std::string> history = {};  // items, oldest first, of a new user; not with `user`
  std::vector<std::string> later = {};    // as RecommendRequest::later
};

// One of the answers that a prompt allows.
struct AnswerChoice {
  std::string text;
  double probability = 0;             // among the choices; of items: among all that the search may reach
  std::string item = {}, title = {};  // key and title, where the answer is an item
};

struct PromptAnswer {
  std::string source;  // the prompt as the model read it
  std::string text;    // what it answered
  std::string prompt_id = {};
  std::string target = {};                 // the true answer; empty when not known
  std::vector<AnswerChoice> choices = {};  // best first; none for free text
  std::vector<std::string> skipped = {};   // of a history, as RequestNotes::skipped
  std::string fallback = {};               // "new-user": an explanation for nobody in particular
  ExplanationOrigin origin = {};           // of explanations
  std::vector<ItemName> mentioned = {};    // the items that the source names, in its order
};

// What proposes items: the model, the hybrid, counts, encoders.
struct SourceInfo {
  std::string name, summary;
};
// Those that requests may name.
std::vector<SourceInfo> recommendation_sources();

class Recommender {
 public:
  struct Impl;  // recommend/recommender_impl.h
  explicit Recommender(std::unique_ptr<Impl> impl);
  // `run` is a folder that p5 train wrote. Throws Error: NotFound, Corrupted (model or data), Unavailable.
  static Recommender open(const std::string& run, const RecommenderOptions& options = {});
  ~Recommender();
  Recommender(Recommender&&) noexcept;
  Recommender& operator=(Recommender&&) noexcept;

  // A Recommender for one more caller: the same run and weights, working memory of its own. It may outlive this one.
  // Threads may call this at the same time.
  Recommender worker() const;

  // The catalogue of this Recommender and of all its workers from their next answers on: that of the corpus with these
  // changes, which take the place of all earlier ones. Items that were added are recommended by what reads like them
  // and stand in histories for it; the model itself learns them when it is trained with them. Thread-safe.
  void change_catalog(const CatalogChanges& changes) const;

  // Best first, each an item of the catalogue, no item twice. Throws NotFound for unknown keys, InvalidArgument for
  // requests that contradict themselves.
  std::vector<Recommendation> recommend(const RecommendRequest& request);
  // One list per request, as recommend() would answer each alone, but searched together. Throws for the first bad
  // request before any is answered.
  std::vector<std::vector<Recommendation>> recommend(std::span<const RecommendRequest> requests);
  // The probability with which the answer to each request has each item of a list at its place, given the items above:
  // 0 or 1 where nothing is drawn. One list of item keys per request, of at most k. Keys that the catalogue
  // does not have get 0. Throws as recommend().
  std::vector<std::vector<double>> propensities(std::span<const RecommendRequest> requests,
                                                std::span<const std::vector<std::string>> lists);
  // Throws what recommend() throws for a request before it asks the model. Thread-safe, so that a server can refuse a
  // request before it joins others.
  void check(const RecommendRequest& request) const;
  // What recommend() does about the request's unknown keys. Throws as check().
  RequestNotes notes(const RecommendRequest& request) const;
  // Best first. Throws NotFound for an unknown item, naming keys that are spelled alike, and otherwise as recommend().
  std::vector<Recommendation> similar(const SimilarRequest& request);
  // The items that an answer to this request looks back on, oldest first. Throws as check().
  std::vector<ItemName> history_of(const RecommendRequest& request) const;
  // Throws NotFound for an unknown key.
  ItemName item_named(const std::string& key) const;
  // The users and the items of the corpus in its order, and whether it knows a user or an item.
  std::vector<std::string> user_keys() const;
  std::vector<std::string> item_keys() const;
  // What they were in the source of the corpus.
  KeyKind user_key_kind() const;
  KeyKind item_key_kind() const;
  bool has_user(const std::string& key) const;
  bool has_item(const std::string& key) const;
  // What stands behind the answers, for other parts of p5. Lives on without the Recommender.
  std::shared_ptr<const LoadedRun> loaded_run() const;
  // The items and users that the next answer may name; likewise.
  std::shared_ptr<const CatalogView> catalog() const;
  // Throws Unsupported when the run was trained without the rating family or the corpus has no ratings.
  PredictedRating predict_rating(const PredictRequest& request);
  // Throws NotFound for unknown keys and prompts, InvalidArgument for a feature that no training review of the item
  // names (not where the model writes), Unsupported where the model must write and was trained without explanations.
  PromptAnswer explain(const ExplainRequest& request);
  // A headline for a review, of several the one that agrees best with the stars of the text
  // (recommend/headline_chooser). Throws as explain() does, where the run was trained without reviews.
  PromptAnswer summarize(const ReviewRequest& request);
  // The stars that a review speaks of: those of the model and of the words (recommend/review_stars_model.h), mixed.
  PredictedRating predict_rating_of_review(const ReviewRequest& request);
  // The prompt's question, the true answer where the corpus holds it, and the model's. Throws InvalidArgument naming
  // the slot that has no value, Unsupported for prompts of families that the run was not trained on.
  PromptAnswer try_prompt(const TryRequest& request);
  // Any text. Items may be named by key, by title in quotes, or as the run's own ids (item_1017). Where the answer is
  // an item, `choices` are the best ones. Throws NotFound for an id or a quoted title that no item has.
  PromptAnswer answer(const std::string& prompt, std::size_t max_tokens = 64);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
