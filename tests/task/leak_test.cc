// No validation or test target and no text of one reaches a training sample, in any family (pitfalls 3, 4
// and 31).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "task/task_families.h"
#include "task/task_world.h"
#include "task/text_sampler.h"
#include "task/text_world.h"

namespace p5 {
namespace {

// Occurrences of a user's validation or test target in the user's own training samples, by id, by name and by title.
struct Leaks {
  std::size_t ids = 0, names = 0, titles = 0, samples = 0;
};

class LeakSearch {
 public:
  explicit LeakSearch(const TaskData& data) : data_(data) {}

  Leaks search(const TaskOptions& options, std::size_t epochs) const {
    Leaks leaks;
    for (const MixtureFamily& family : make_task_families(data_, options)) {
      Rng rng(11, family.sampler->family());
      for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
        for (std::size_t i = 0; i < family.sampler->size(); ++i) look(family.sampler->sample(i, rng), leaks);
      }
    }
    return leaks;
  }

 private:
  // The user a sample is about: by id text or by description.
  std::vector<UserId> users_of(const std::string& text) const {
    const Corpus& corpus = data_.ranking->corpus();
    std::vector<UserId> users;
    for (UserId user = 0; user < corpus.user_count(); ++user) {
      const std::string name(corpus.user_name(user));
      if (has_word(text, user_text(user)) || (!name.empty() && has_word(text, name))) users.push_back(user);
    }
    return users;
  }
  static bool has_word(const std::string& text, const std::string& word) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      const auto end = at + word.size();
      if (end == text.size() || std::isdigit(static_cast<unsigned char>(text[end])) == 0) return true;
    }
    return false;
  }

  void look(const TaskExample& example, Leaks& leaks) const {
    ++leaks.samples;
    const Corpus& corpus = data_.ranking->corpus();
    const std::string text = test::words_of(example.source) + " -> " + test::words_of(example.target);
    const auto users = users_of(text);
    ASSERT_TRUE(users.size() == 1 || (users.empty() && example.place)) << text;
    const UserId user = users.empty() ? example.place->user : users[0];
    for (const Part part : {Part::kValid, Part::kTest}) {
      const ItemId target = corpus.items()[*data_.ranking->target_of(user, part)];
      const std::string title(corpus.catalog().title(target));
      for (const auto* side : {&example.source, &example.target}) {
        for (const ItemId item : test::items_of(*side)) leaks.ids += item == target ? 1 : 0;
      }
      leaks.names += has_word(text, "item_" + std::to_string(target)) ? 1 : 0;
      leaks.titles += !title.empty() && has_word(text, title) ? 1 : 0;
    }
  }

  TaskData data_;
};

TEST(Leaks, Pitfall03TargetsNeverStandInSequentialAndDirectSamples) {
  const auto data = test::make_data();
  const Leaks leaks = LeakSearch(data).search({.rating_samples = 0, .candidates = 20}, 200);
  EXPECT_EQ(leaks.samples, 200u * 80u);
  EXPECT_EQ(leaks.ids + leaks.names + leaks.titles, 0u);
}

TEST(Leaks, Pitfall03EvaluationInputsDoNotHoldTheirTarget) {
  const auto data = test::make_data();
  const auto writer = make_prompt_writer(data, {});
  for (UserId user = 0; user < data.ranking->corpus().user_count(); ++user) {
    for (const Part part : {Part::kValid, Part::kTest}) {
      const TaskExample example = writer->ask(question_of_user(*data.ranking, user, part), data.prompts->at("2-3"));
      EXPECT_THAT(test::items_of(example.source), ::testing::Not(::testing::Contains(example.target.at(0).id)));
    }
  }
}

TEST(Leaks, Pitfall04RatingSamplesHoldNoPairThatRankingsAskFor) {
  const auto data = test::make_data();
  const TaskOptions only_rating = {.sequential_samples = 0, .direct_samples = 0};
  const Leaks clean = LeakSearch(data).search(only_rating, 60);
  EXPECT_GT(clean.samples, 1000u);
  EXPECT_EQ(clean.ids + clean.names + clean.titles, 0u);

  // The search finds what it looks for: a plain ratio split leaks, as in P5.
  auto leaky = data;
  leaky.reviews = std::make_shared<const Split>(split_by_ratio(data.ranking->shared_corpus(), {}, nullptr));
  const Leaks found = LeakSearch(leaky).search(only_rating, 60);
  EXPECT_GT(found.ids, 100u);
  EXPECT_GT(found.names, 100u);
  EXPECT_GT(found.titles, 100u);
}

// Interactions that are not in the training part but have a text in a training sample.
std::set<std::size_t> leaked_texts(const TaskData& data, const Split& honest, const TaskOptions& options) {
  std::set<std::size_t> leaked;
  for (const MixtureFamily& family : make_task_families(data, options)) {
    Rng rng(12, family.sampler->family());
    for (std::size_t i = 0; i < 8 * family.sampler->size(); ++i) {
      const TaskExample example = family.sampler->sample(i % family.sampler->size(), rng);
      for (const auto* side : {&example.source, &example.target}) {
        for (const std::size_t interaction : test::interactions_in(test::words_of(*side))) {
          if (honest.part_of(interaction) != Part::kTrain) leaked.insert(interaction);
        }
      }
    }
  }
  return leaked;
}

constexpr auto only_texts = [] {
  TaskOptions options{.rating_samples = 0, .sequential_samples = 0, .explanation_samples = 1, .review_samples = 1};
  options.direct_samples = 0;
  return options;
};

TEST(Leaks, Pitfall04TextsOfHeldOutReviewsNeverStandInExplanationAndReviewSamples) {
  const auto data = test::text_data();
  EXPECT_THAT(leaked_texts(data, *data.reviews, only_texts()), ::testing::IsEmpty());
  // Pairs that rankings ask for are among the held-out ones.
  for (UserId user = 0; user < data.ranking->corpus().user_count(); ++user) {
    for (const Part part : {Part::kValid, Part::kTest}) {
      EXPECT_NE(data.reviews->part_of(*data.ranking->target_of(user, part)), Part::kTrain);
    }
  }
  // The search finds what it looks for: a plain ratio split, as in P5, trains on them.
  auto leaky = data;
  leaky.reviews = std::make_shared<const Split>(split_by_ratio(data.ranking->shared_corpus(), {}, nullptr));
  EXPECT_GT(leaked_texts(leaky, *data.reviews, only_texts()).size(), 20u);
}

TEST(Leaks, Pitfall04ExplanationAndReviewSamplesHoldNoPairThatRankingsAskFor) {
  const auto data = test::text_data();
  const Leaks leaks = LeakSearch(data).search(only_texts(), 20);
  EXPECT_GT(leaks.samples, 1000u);
  EXPECT_EQ(leaks.ids + leaks.names + leaks.titles, 0u);
}

TEST(Leaks, Pitfall03QuestionsDoNotHoldTheTextThatTheyAskFor) {
  const auto data = test::text_data();
  const test::SampledFamily<TextSampler> explanation(kExplanationFamily, data, {});
  const test::SampledFamily<TextSampler> review(kReviewFamily, data, {});
  for (const Explanation& e : data.explanations->all()) {
    for (const PromptTemplate& prompt : data.prompts->all()) {
      if (asking_family(prompt).name != kExplanationFamily) continue;
      const bool headline = prompt.source.uses(Slot::kHeadline);
      if (headline && data.reviews->corpus().headline(e.interaction).empty()) continue;
      const std::string source = test::words_of(explanation.ask_review(e.interaction, prompt.id).source);
      EXPECT_THAT(source, ::testing::Not(::testing::HasSubstr(test::sentence_of(e.interaction)))) << prompt.id;
      EXPECT_THAT(source, ::testing::Not(::testing::HasSubstr(test::body_of(e.interaction)))) << prompt.id;
    }
    const std::string source = test::words_of(review.ask_review(e.interaction, "4-1").source);
    EXPECT_THAT(source, ::testing::Not(::testing::HasSubstr(test::headline_of(e.interaction))));
  }
}

// The feature is cut out of the reference: a prompt shows it exactly when it says so by its slot, never by accident.
TEST(Leaks, Pitfall31FeatureHintsAreInTheirPromptsAlone) {
  const auto data = test::text_data();
  const test::SampledFamily<TextSampler> task(kExplanationFamily, data, {});
  for (const char* id : {"3-1", "3-3", "3-4", "3-6", "3-8", "Z-5", "Z-7"}) {
    EXPECT_EQ(test::words_of(task.ask_review(1, id).source).find("sound"), std::string::npos) << id;
  }
  for (const char* id : {"3-7", "3-9", "3-10", "3-11", "3-12", "Z-6"}) {
    EXPECT_NE(test::words_of(task.ask_review(1, id).source).find("sound"), std::string::npos) << id;
  }
}

TEST(Leaks, HeldOutAndZeroShotPromptsAreNeverTrained) {
  const auto data = test::text_data();
  for (const MixtureFamily& family : make_task_families(data, {.explanation_samples = 1, .review_samples = 1})) {
    Rng rng(13, family.sampler->family());
    for (int i = 0; i < 3000; ++i) {
      const auto example = family.sampler->sample(rng.below(family.sampler->size()), rng);
      EXPECT_FALSE(data.prompts->at(example.prompt_id).held_out) << example.prompt_id;
    }
  }
}

}  // namespace
}  // namespace p5
