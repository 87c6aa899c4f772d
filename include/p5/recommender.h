// A trained run, ready to answer: what next, how many stars, and free prompts. Torch-free and third-party-free.
// One Recommender serves one caller at a time; open several for parallel callers.
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
};

// Who asks for what. Items and users are the source's own keys.
struct RecommendRequest {
  std::string user;                     // may be unknown to the model when `history` is given
  std::vector<std::string> history;     // oldest first; empty: the user's own history of the corpus
  std::vector<std::string> candidates;  // not empty: rank only these
  std::size_t k = 10;
  bool keep_seen = false;  // whether items of the history may come back
  std::string prompt_id;   // empty: the run's default, such as "2-3"
};

struct Recommendation {
  std::string item;   // key
  std::string title;  // or "item <key>" where the catalogue has none
  double score = 0;   // log-probability
};

struct StarPrediction {
  double stars = 0;            // by the run's rule (decode.stars: mean, median or mode)
  double probability[5] = {};  // of 1 to 5 stars
};

struct PromptAnswer {
  std::string source;  // the prompt as the model read it
  std::string text;    // what it answered
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
  // Any text; names such as item_17 and user_3 are read as the run's own ids. Greedy decoding.
  PromptAnswer answer(const std::string& prompt, std::size_t max_tokens = 64);

 private:
  struct Impl;
  explicit Recommender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
