// What a user may choose about examples and batches. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/option_table.h"

namespace p5 {

// Which training positions become targets: one of all or of the last three of a user, sampled anew for each example of
// the user (P5), or each in turn, so that sequential_samples counts events and long histories get more examples.
enum class SequentialTargets : std::uint8_t { kAll, kLastThree, kEach };

struct TaskOptions {
  // Examples per index of a family's sampler per epoch; 0 turns the family off. The numbers of P5.
  std::int64_t rating_samples = 1;       // per review
  std::int64_t sequential_samples = 20;  // per user, or per training event with SequentialTargets::kEach
  std::int64_t explanation_samples = 0;  // per review with an explanation
  std::int64_t review_samples = 0;       // per review with text
  std::int64_t direct_samples = 15;      // per user
  std::int64_t custom_samples = 1;       // per review, for each custom family
  // Pretraining without labels (docs/pretraining.md).
  std::int64_t history_span_samples = 0;  // per user
  std::int64_t text_span_samples = 0;     // per item and per review with text
  std::int64_t attribute_samples = 0;     // per value of an item
  std::int64_t next_session_samples = 0;  // per user
  double label_share = 1;                 // of users whose events make examples of families with labels
  // "<family>=<number>": the share of a family's examples that an epoch draws (1 when not listed; above 1 they repeat),
  // and the weight of its rows in the loss.
  std::vector<std::string> shares = {}, weights = {};
  // Prompts to train on; a family that the list does not name trains on all that are not held out.
  std::vector<std::string> prompts = {};

  SequentialTargets sequential_targets = SequentialTargets::kAll;  // train positions that may be the target
  // Next items that a training answer to "what next?" lists, the target first. P5 lists 1; more give many times the
  // supervision for the same input. Answers use only the first.
  std::int64_t target_items = 1;
  // The answer to "what next?" begins with newest items of the history, which are given: the decoder goes on after them
  // and need not find them through the encoder first. Answers list several items in training, so that most of them come
  // after others, and asking should look like that.
  std::int64_t repeat_items = 0;
  bool trie_softmax = false;    // item tokens of answers compete only with the trie's tokens at their depth
  std::int64_t trie_draws = 0;  // tokens of such a set that a training step on a CPU compares with, on average; 0: all
  // All codes of an answer's id are predicted from one state of the decoder, and every item is scored by its codes
  // (decode/code_table.h). Needs trie_softmax, and answers of one item.
  bool parallel_codes = false;
  // Items that are not asked for are named by the last token of their id alone (PromptTokenizerOptions::short_items).
  bool short_items = false;
  bool newest_first = false;  // histories in prompts run from new to old: whole-word ids then tell their age
  bool random_start = false;  // drop up to two of the oldest items at random, as P5 does
  double crop = 0, mask = 0, reorder = 0;  // probabilities of augment_history()
  // Past stars shown after a user's description and an item's title, in questions about the two; 0: none.
  std::int64_t profile_ratings = 0;
  std::vector<std::string> user_prompt = {};  // features of users whose vectors stand before sources (user_features.h)
  bool expected_stars = false;       // questions about the two show the stars to expect (task/rating_expectation.h)
  double anonymous = 0;              // share of anonymous training questions, which name neither; 1: all
  double word_dropout = 0;           // share of a training prompt's own words that are left out
  bool rating_bands = false;         // star targets in training have a decimal (draw_band_rating)
  std::int64_t max_history = 20;     // newest items of a history that a prompt shows
  std::int64_t candidates = 100;     // items to choose from, the target among them
  std::string separator = " ";       // between the items of a list
  std::int64_t max_review = 1000;    // bytes of a review that a prompt shows
  std::int64_t max_source = 512;     // tokens; longer inputs lose their oldest history
  std::int64_t max_target = 64;      // tokens; every item id must fit
  std::int64_t batch_tokens = 4096;  // padded source tokens plus target tokens of a batch
  std::int64_t window_batches = 50;  // batches drawn at once and sorted by length

  // Examples per index per epoch of a family; custom families share one number. 0 for zero-shot prompts.
  std::int64_t samples_of(std::string_view family) const;
  void bind(OptionTable& table);  // rows task.*
};

// The numbers of "<family>=<number>" entries, in the order of `families`, 1 where none is given. Throws InvalidArgument
// (request) for an entry of another form, a family that is unknown or given twice, and a number outside (0, 1000].
// `key` names the option.
std::vector<double> family_numbers(const std::vector<std::string>& entries, const std::vector<std::string>& families,
                                   const std::string& key);

}  // namespace p5
