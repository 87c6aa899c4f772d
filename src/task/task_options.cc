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
  const auto count = [](std::string help, double minimum, double maximum) {
    return OptionInfo{.help = std::move(help), .minimum = minimum, .maximum = maximum};
  };
  table.add("task.rating_samples", &rating_samples, count("rating examples a review and epoch; 0 = off", 0, 10000));
  table.add(
      "task.sequential_samples", &sequential_samples,
      count("sequential examples a user (an event, with task.sequential_targets each) and epoch; 0 = off", 0, 10000));
  table.add("task.explanation_samples", &explanation_samples,
            count("explanation examples a review that has one and epoch; 0 = off", 0, 10000));
  table.add("task.review_samples", &review_samples, count("review examples a review and epoch; 0 = off", 0, 10000));
  table.add("task.own_samples", &own_samples,
            count("examples a review and epoch of each family of prompts of one's own; 0 = off", 0, 10000));
  table.add("task.direct_samples", &direct_samples, count("direct examples a user and epoch; 0 = off", 0, 10000));
  table.add("task.shares", &shares,
            {.help = "family=number: share of a family's examples that an epoch draws, 1 for those not listed"});
  table.add("task.weights", &weights,
            {.help = "family=number: weight of a family's examples in the loss, 1 for those not listed"});
  table.add("task.prompts", &prompts,
            {.help = "prompt ids to train on; families not named train on all prompts that are not held out"});
  table.add_choice(
      "task.sequential_targets", &sequential_targets,
      {{"all", SequentialTargets::kAll}, {"last3", SequentialTargets::kLastThree}, {"each", SequentialTargets::kEach}},
      {.help = "train positions that may be a sequential target; each: every one is a datum of its own"});
  table.add("task.lookahead", &lookahead,
            count("items that a training answer to what comes next goes on with; P5 asks for 1", 1, 1000));
  table.add("task.echo", &echo,
            {.help = "answers to what comes next begin with the newest item of the history, which decoding is given"});
  table.add(
      "task.trie_softmax", &trie_softmax,
      {.help = "in training, an item's token competes only with tokens that items have at the same place of their "
               "ids, as in decoding; else with the whole vocabulary"});
  table.add("task.newest_first", &newest_first, {.help = "histories in prompts run from new to old"});
  table.add("task.random_start", &random_start, {.help = "drop up to two of the oldest items of a training history"});
  const auto probability = [](std::string help) {
    return OptionInfo{.help = std::move(help), .minimum = 0, .maximum = 1};
  };
  table.add("task.crop", &crop, probability("share of training histories that begin at a random item"));
  table.add("task.mask", &mask, probability("share of a training history's items that are left out, never the newest"));
  table.add("task.reorder", &reorder, probability("share of training histories with a stretch in random order"));
  table.add("task.profile_stars", &profile_stars,
            count("latest stars that the description of a user and the title of an item go on with, of training "
                  "interactions but the one asked about (in training any, in random order); 0: none",
                  0, 100));
  table.add(
      "task.strangers", &strangers,
      probability("share of rating questions, and of others with a title, that describe user and item in training and "
                  "name neither, so that new users, new items and other domains are understood; 1: of all questions"));
  table.add("task.word_dropout", &word_dropout,
            {.help = "share of the words of a training prompt, slots aside, that are left out, so that other wordings "
                     "are understood",
             .minimum = 0,
             .maximum = 0.9});
  table.add("task.rating_bands", &rating_bands,
            {.help = "stars to learn are drawn from a band around the true ones, with a decimal, as P5 does"});
  table.add("task.max_history", &max_history, count("newest items of a history that a prompt shows", 1, 10000));
  table.add("task.candidates", &candidates, count("items to choose from, the target among them", 2, 10000));
  table.add("task.separator", &separator, {.help = "text between the items of a list"});
  table.add("task.max_review", &max_review, count("bytes of a review that a prompt shows", 16, 65536));
  table.add("task.max_source", &max_source, count("input tokens; longer inputs lose their oldest history", 16, 65536));
  table.add("task.max_target", &max_target, count("answer tokens; every item id must fit", 2, 4096));
  table.add("task.batch_tokens", &batch_tokens,
            count("source tokens with padding and target tokens of a batch", 16, 16 << 20));
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
      throw usage_error("bad number of a family",
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
