// A small world for the tests of this module: 40 users, 60 items, the shipped prompts, a tokenizer of single letters.
#pragma once

#include <cmath>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "indexing/item_index.h"
#include "prompt/prompt_library.h"
#include "prompt/prompt_renderer.h"
#include "support/fake_corpus.h"
#include "support/letter_tokenizer.h"
#include "task/corpus_questions.h"
#include "task/prompt_tokenizer.h"
#include "task/sampler_inputs.h"
#include "task/scale_words.h"
#include "text/vocabulary.h"

namespace p5::test {

inline FakeData world_data() {
  Rng rng(7, "task world");
  FakeData data;
  data.items = 60;
  for (UserId user = 0; user < 40; ++user) {
    std::vector<ItemId> items(60);
    for (ItemId i = 0; i < 60; ++i) items[i] = i;
    rng.shuffle(std::span(items));
    items.resize(5 + rng.below(8));
    std::vector<float> ratings;
    for (std::size_t i = 0; i < items.size(); ++i) ratings.push_back(1.0f + static_cast<float>(rng.below(5)));
    data.histories.push_back(items);
    data.ratings.push_back(ratings);
    data.user_names.push_back(user % 3 == 0 ? "" : "Person " + std::to_string(user));
  }
  for (ItemId item = 0; item < 60; ++item) {
    data.titles.push_back(item % 4 == 0 ? "" : "Thing number " + std::to_string(item) + " of many");
  }
  return data;
}

inline TaskData make_data(std::shared_ptr<const Corpus> corpus) {
  const std::vector<std::filesystem::path> folders = {std::filesystem::path(P5_SOURCE_DIR) / "prompts"};
  auto ranking = std::make_shared<const Split>(split_leave_one_out(corpus));
  auto reviews = std::make_shared<const Split>(split_by_ratio(corpus, {}, ranking.get()));
  const PromptLibrary prompts = PromptLibrary::load(folders).with_words(scale_words(corpus->rating_scale()));
  return {.ranking = ranking,
          .reviews = reviews,
          .prompts = std::make_shared<const PromptLibrary>(prompts),
          .scale = corpus->rating_scale()};
}
inline TaskData make_data(FakeData data = world_data()) {
  return make_data(std::make_shared<const FakeCorpus>(std::move(data)));
}

// A family's sampler, and the writer that it shares with evaluation and answers.
template <typename Sampler>
class SampledFamily {
 public:
  SampledFamily(const char* family, const TaskData& data, const TaskOptions& options)
      : inputs_(make_sampler_inputs(data, options)), sampler_(family, inputs_) {}

  std::size_t size() const { return sampler_.size(); }
  TaskExample sample(std::size_t index, Rng& rng) const { return sampler_.sample(index, rng); }

  TaskExample ask(const TaskQuestion& question, std::string_view prompt_id) const {
    return inputs_.writer->ask(question, inputs_.data.prompts->at(prompt_id));
  }
  // The validation or test question of a user.
  TaskExample ask_user(UserId user, Part part, std::string_view prompt_id,
                       std::span<const ItemId> candidates = {}) const {
    TaskQuestion question = question_of_user(*inputs_.data.ranking, user, part);
    question.candidates = candidates;
    return ask(question, prompt_id);
  }
  // How `user` rates `item`. `rating`, when given, is the true rating: the target, and what a yes-no prompt proposes.
  TaskExample ask_stars(UserId user, ItemId item, std::string_view prompt_id, float rating = kNoRating) const {
    TaskQuestion question{.user = user, .item = item};
    if (std::isfinite(rating)) {
      question.rating = inputs_.data.scale.nearest_level(rating);
      const bool proposed = inputs_.data.prompts->at(prompt_id).task == PromptTask::kYesNo;
      question.positive = proposed || inputs_.data.scale.likes(rating);
    }
    return ask(question, prompt_id);
  }
  // The question about an interaction of any part, with its true answer.
  TaskExample ask_review(std::size_t interaction, std::string_view prompt_id) const {
    return ask(question_about(inputs_.data.reviews->corpus(), interaction, inputs_.data.explanations.get(),
                              inputs_.data.scale),
               prompt_id);
  }

 private:
  SamplerInputs inputs_;
  Sampler sampler_;
};

// Every item is text: "item_" and its number.
inline std::shared_ptr<const ItemIndex> spelled_index(std::size_t items, const Tokenizer& tokenizer) {
  std::vector<std::vector<TokenId>> paths(items);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < items; ++i) {
    names.push_back("item_" + std::to_string(i));
    tokenizer.encode(names.back(), paths[i]);
  }
  return std::make_shared<const ItemIndex>("test", std::move(paths), std::move(names));
}

inline std::shared_ptr<const PromptTokenizer> make_tokenizer(std::size_t items,
                                                             const PromptTokenizerOptions& options = {}) {
  auto letters = std::make_shared<const LetterTokenizer>();
  auto vocabulary = std::make_shared<const Vocabulary>(letters, 0, std::vector<std::string>{});
  return std::make_shared<const PromptTokenizer>(vocabulary, spelled_index(items, *letters), options);
}

// The items that a text mentions, in order.
inline std::vector<ItemId> items_of(const RenderedText& text, std::optional<Mention::List> list = {}) {
  std::vector<ItemId> items;
  for (const Mention& mention : text) {
    if (mention.kind == Mention::Kind::kItem && (!list || mention.list == *list)) items.push_back(mention.id);
  }
  return items;
}

inline std::string words_of(const RenderedText& text) {
  return to_text(text, [](std::uint32_t item) { return "item_" + std::to_string(item); });
}

// Whether `count` of `draws` fits the share within five standard deviations.
inline bool fits_share(std::size_t count, std::size_t draws, double share) {
  const double expected = share * static_cast<double>(draws);
  return std::abs(static_cast<double>(count) - expected) <= 5 * std::sqrt(expected * (1 - share)) + 1;
}

}  // namespace p5::test
