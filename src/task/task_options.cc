#include "task/task_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "p5/error.h"
#include "task/task_families.h"

namespace p5 {

std::int64_t TaskOptions::samples_of(std::string_view family) const {
  return family == kZeroShotFamily ? 0 : this->*task_family(family).samples;
}

void TaskOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  const auto renamed = [](std::string former, OptionInfo info) {
    info.former = {std::move(former)};
    return info;
  };
  const auto count = [](std::string help, double minimum, double maximum) {
    return OptionInfo{.help = std::move(help), .minimum = minimum, .maximum = maximum};
  };
  table.add("task.rating_samples", &rating_samples, count("rating examples per review per epoch; 0 = off", 0, 10000));
  table.add(
      "task.sequential_samples", &sequential_samples,
      count("sequential examples per user per epoch (per event if task.sequential_targets = each); 0 = off", 0, 10000));
  table.add("task.explanation_samples", &explanation_samples,
            count("explanation examples per review with an explanation per epoch; 0 = off", 0, 10000));
  table.add("task.review_samples", &review_samples, count("review examples per review per epoch; 0 = off", 0, 10000));
  table.add(
      "task.custom_samples", &custom_samples,
      renamed("task.own_samples", count("examples per review per epoch of each custom family; 0 = off", 0, 10000)));
  table.add("task.direct_samples", &direct_samples, count("direct examples per user per epoch; 0 = off", 0, 10000));
  table.add("task.history_span_samples", &history_span_samples,
            count("pretraining: histories with spans of items left out, per user per epoch; 0 = off", 0, 10000));
  table.add("task.text_span_samples", &text_span_samples,
            count("pretraining: texts of items and reviews with spans of words left out, per text per epoch; 0 = off",
                  0, 10000));
  table.add(
      "task.attribute_samples", &attribute_samples,
      count("pretraining: questions about what the catalogue says, per value of an item per epoch; 0 = off", 0, 10000));
  table.add(
      "task.next_session_samples", &next_session_samples,
      count("pretraining: whether one stretch of items continues another, per user per epoch; 0 = off", 0, 10000));
  table.add(
      "task.label_share", &label_share,
      {.help = "share of users, drawn by their keys, whose events make training examples; pretraining families read "
               "all users",
       .minimum = 0.0001,
       .maximum = 1});
  table.add("task.shares", &shares,
            {.help = "family=number: share of a family's examples that an epoch draws; 1 where not listed"});
  table.add("task.weights", &weights,
            {.help = "family=number: weight of a family's examples in the loss; 1 where not listed"});
  table.add("task.prompts", &prompts,
            {.help = "ids of prompts to train on; a family without one trains on all that are not held out"});
  table.add_choice(
      "task.sequential_targets", &sequential_targets,
      {{"all", SequentialTargets::kAll}, {"last3", SequentialTargets::kLastThree}, {"each", SequentialTargets::kEach}},
      {.help = "training positions that may be a sequential target; each: every one is an example of its own"});
  table.add("task.target_items", &target_items,
            renamed("task.lookahead",
                    count("next items that a training answer lists, the target first; P5 lists 1", 1, 1000)));
  table.add("task.repeat_items", &repeat_items,
            {.help = "newest items of the history, oldest first, that next-item answers begin with: they are given, in "
                     "training and in decoding; 0 = none",
             .minimum = 0,
             .maximum = 1000,
             .former = {"task.repeat_last_item", "task.echo"},
             .once_boolean = true});
  table.add(
      "task.trie_softmax", &trie_softmax,
      {.help = "in training, an item's token competes only with tokens that may follow the same beginning of an id, "
               "as in decoding; else with the whole vocabulary"});
  table.add("task.trie_draws", &trie_draws,
            {.help = "with task.trie_softmax, training on a CPU compares an item's token with this many of the others, "
                     "drawn anew in each step, and with what evidence knows: an estimate of the softmax that costs "
                     "less in large catalogues (docs/encoders.md); 0 = with all",
             .minimum = 0,
             .maximum = 1 << 24});
  table.add(
      "task.parallel_codes", &parallel_codes,
      {.help = "all codes of an item's id are predicted at once and every item is scored by its codes, in place of "
               "a search code by code; for index.scheme = product, residual or rq-vae, with task.trie_softmax, "
               "task.target_items = 1 and task.repeat_items = 0"});
  table.add(
      "task.short_items", &short_items,
      {.help = "items that are not asked for, such as those of histories, are named by the last token of their id, "
               "which no other item may have (index.scheme = hybrid)"});
  table.add("task.newest_first", &newest_first, {.help = "histories in prompts run from new to old"});
  table.add("task.random_start", &random_start, {.help = "drop up to two of the oldest items of a training history"});
  const auto probability = [](std::string help) {
    return OptionInfo{.help = std::move(help), .minimum = 0, .maximum = 1};
  };
  table.add("task.crop", &crop, probability("share of training histories that begin at a random item"));
  table.add("task.mask", &mask, probability("share of a training history's items that are left out, never the newest"));
  table.add("task.reorder", &reorder, probability("share of training histories with a stretch in random order"));
  table.add(
      "task.profile_ratings", &profile_ratings,
      renamed(
          "task.profile_stars",
          count("past ratings shown after a user's description and after an item's title: the latest of the training "
                "part except the one asked about (in training random ones in random order); 0: none",
                0, 100)));
  table.add("task.user_prompt", &user_prompt,
            {.help = "what a learnt vector before every source says of the question's user: attributes of users, as "
                     "age or occupation, or user, a vector of each user's own; [] = none"});
  table.add("task.expected_stars", &expected_stars,
            {.help = "questions about ratings show the stars that the means of user and item lead to expect, without "
                     "what the user gave the item"});
  table.add(
      "task.anonymous", &anonymous,
      renamed("task.strangers",
              probability(
                  "share of anonymous training questions: those about ratings, and others with a title, that describe "
                  "user and item without their ids, so that the model can handle new users, new items and other "
                  "domains; 1: all questions")));
  table.add("task.word_dropout", &word_dropout,
            {.help = "share of a training prompt's words, slots excepted, that are left out, so that the model "
                     "understands other wordings",
             .minimum = 0,
             .maximum = 0.9});
  table.add("task.rating_bands", &rating_bands,
            {.help = "rating targets are sampled from a band around the true stars, with one decimal, as P5 does"});
  table.add("task.max_history", &max_history, count("newest items of a history that a prompt shows", 1, 10000));
  table.add("task.candidates", &candidates, count("items to choose from, the target among them", 2, 10000));
  table.add("task.separator", &separator, {.help = "text between the items of a list"});
  table.add("task.max_review", &max_review, count("bytes of a review that a prompt shows", 16, 65536));
  table.add("task.max_source", &max_source, count("input tokens; longer inputs lose their oldest history", 16, 65536));
  table.add("task.max_target", &max_target, count("answer tokens; every item id must fit", 2, 4096));
  table.add("task.batch_tokens", &batch_tokens,
            count("tokens per batch: padded source tokens plus target tokens", 16, 16 << 20));
  table.add("task.window_batches", &window_batches, count("batches drawn at once and sorted by length", 1, 10000));
}

std::vector<double> family_numbers(const std::vector<std::string>& entries, const std::vector<std::string>& families,
                                   const std::string& key) {
  std::vector<double> numbers(families.size(), 1.0);
  std::vector<bool> given(families.size());
  for (const std::string& entry : entries) {
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const auto family = std::find(families.begin(), families.end(), entry.substr(0, equals));
    const char* const begin = entry.data() + std::min(equals + 1, entry.size());
    const char* const end = entry.data() + entry.size();
    double number = 0;
    const auto [rest, code] = std::from_chars(begin, end, number);
    const bool good = code == std::errc() && rest == end && number > 0 && number <= 1000;
    const auto place = static_cast<std::size_t>(family - families.begin());
    if (!good || place == families.size() || given[place]) {
      throw usage_error("bad number for a family",
                        {.where = key,
                         .expected = fmt::format("family=number, each family once, of {}, above 0 and at most 1000",
                                                 fmt::join(families, ", ")),
                         .got = "'" + entry.substr(0, 80) + "'"});
    }
    numbers[place] = number;
    given[place] = true;
  }
  return numbers;
}

}  // namespace p5
