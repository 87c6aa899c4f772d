// A trained run, ready to answer: what next, how many stars, why, what a review says, and free prompts. Torch-free and
// third-party-free. One Recommender serves one caller at a time; open several for parallel callers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace p5 {

struct RecommenderOptions {
  std::string corpus;           // empty: the corpus that the run was trained on
  std::string device = "auto";  // auto | cpu | cuda | cuda:<n>
  std::int64_t threads = 0;     // CPU threads; 0 = all
  // Precision of CPU products where the processor has matrix tiles: highest (as float32) | high | medium.
  std::string matmul = "highest";
  std::vector<std::string> settings = {};  // decode.* options that differ from the run's: "decode.temperature=0.8"
};

// Who asks for what. Items and users are the source's own keys.
struct RecommendRequest {
  std::string user;                          // may be unknown to the model when `history` is given
  std::vector<std::string> history = {};     // oldest first; empty: the user's own history of the corpus
  std::vector<std::string> candidates = {};  // not empty: rank only these
  std::size_t k = 10;
  bool keep_seen = false;      // whether items of the history may come back
  std::string prompt_id = {};  // empty: the run's default, such as "2-3"
  bool explain = false;        // one sentence an item; needs a run that was trained on explanations
};

struct Recommendation {
  std::string item;              // key
  std::string title;             // or "item <key>" where the catalogue has none
  double score = 0;              // log-probability
  std::string explanation = {};  // where asked for
};

struct StarPrediction {
  double stars = 0;            // by the run's rule (decode.stars: mean, median or mode)
  double probability[5] = {};  // of 1 to 5 stars
};

// Why a user would judge an item so, in the words of reviews.
struct ExplainRequest {
  std::string user, item;
  std::string feature = {};    // what to talk about, such as "sound"; empty: whatever comes
  std::string prompt_id = {};  // empty: the run's default
};

// What somebody wrote, of whatever item.
struct ReviewRequest {
  std::string text;
  std::string user = {};       // who wrote it; empty: a new user
  std::string prompt_id = {};  // empty: the run's default
};

// A question with one of the run's prompts. What the corpus knows of user and item fills the slots.
struct TryRequest {
  std::string prompt_id;
  std::string user = {};     // empty: a new user
  std::string item = {};     // for prompts that ask for an item, the one that came next; may be empty for these
  std::string feature = {};  // instead of the one of the user's review
};

// One of the answers that a prompt allows.
struct AnswerChoice {
  std::string text;
  double probability = 0;  // among the choices; of items: among all that the search may reach
};

struct PromptAnswer {
  std::string source;  // the prompt as the model read it
  std::string text;    // what it answered
  std::string prompt_id = {};
  std::string target = {};                 // the true answer; empty when not known
  std::vector<AnswerChoice> choices = {};  // best first; none for free text
};

class Recommender {
 public:
  // `run` is a folder that p5 train wrote. Throws Error: NotFound, Corrupted (model or data), Unavailable.
  static Recommender open(const std::string& run, const RecommenderOptions& options = {});
  ~Recommender();
  Recommender(Recommender&&) noexcept;
  Recommender& operator=(Recommender&&) noexcept;

  // Best first, each an item of the catalogue, no item twice. Throws NotFound for unknown keys.
  std::vector<Recommendation> recommend(const RecommendRequest& request);
  // Throws Unsupported when the run was trained without the rating family.
  StarPrediction predict_stars(const std::string& user, const std::string& item);
  // Throws NotFound for unknown keys and prompts, Unsupported when the run was trained without explanations.
  PromptAnswer explain(const ExplainRequest& request);
  // A headline for a review. Throws as explain() does, where the run was trained without reviews.
  PromptAnswer summarize(const ReviewRequest& request);
  // The stars that a review speaks of.
  StarPrediction predict_stars_of_review(const ReviewRequest& request);
  // The prompt's question, the true answer where the corpus holds it, and the model's. Throws InvalidArgument naming
  // the slot that has no value, Unsupported for prompts of families that the run was not trained on.
  PromptAnswer try_prompt(const TryRequest& request);
  // Any text; names such as item_17 and user_3 are read as the run's own ids. Greedy decoding.
  PromptAnswer answer(const std::string& prompt, std::size_t max_tokens = 64);

 private:
  struct Impl;
  explicit Recommender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
