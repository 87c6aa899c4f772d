// The one shape of what an evaluation finds: the named scores of the answers to one task. Reports, the differences
// between rows and the choice of a checkpoint all read it, so that a new metric is one more score. Plain values and
// free functions; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace p5 {

struct Score {
  std::string name;  // "ndcg@10", "bleu4", "rmse", ...
  double value = 0;
  // Values per question, where the score is their mean ("rmse": its root): rows are compared by them. Empty for scores
  // of all answers together, and for those that are not compared.
  std::vector<double> per_question = {};
  std::string heading = {};  // of its column in a table; empty: the name
  // Computed within the list that a source returned, where the score is defined over all items ("mrr").
  bool within_list = false;
  std::optional<double> margin = {};  // half of its 95% interval, where no values per question tell it ("auc")
};

// A generated text and its reference.
struct WrittenText {
  std::string reference, written;
  std::string feature = {};  // of the reference; empty when it has none
};

// A figure of which only this task and part know, with half of its 95% interval: quality beyond accuracy, groups of
// users and of items.
struct Finding {
  std::vector<std::string> path;  // where reports show it: {"exposure", "popularity", "head"}, {"coverage@10"}
  double value = 0;
  double margin = 0;                     // infinite where too little was asked to tell
  std::size_t n = 0;                     // users, or items of the group, that it is about
  std::optional<double> reference = {};  // what the value of a group can be compared with
};

struct TaskResult {
  std::string task = {};  // as reports name it: "sequential", "rating", "explanation", "review"
  // Of a task that is measured in several ways or asks for several things: "keep" and "drop" (seen items), "headline"
  // and "star". Empty: the task as a whole.
  std::string part = {};
  std::string title = {};       // for people
  std::string prompt = {};      // that asked; empty where no prompt asked, or several did
  std::string hint = {};        // of explanations
  std::size_t n = 0;            // questions asked
  std::size_t of = 0;           // questions that these were drawn from; 0: all were asked
  std::uint64_t questions = 0;  // their hash: rows with another one answered other questions
  std::vector<Score> scores = {};
  std::vector<std::pair<std::string, std::string>> details = {};  // for programs, next to the scores
  std::vector<WrittenText> examples = {};                         // evaluate.examples of them
  std::vector<Finding> beyond = {};                               // beyond accuracy (evaluate/beyond_accuracy.h)
  // Of rankings: the rank of each question's target, 0 where it was not ranked, from which every ranking metric
  // follows; and the length of the lists that were ranked, 0 where all items were.
  std::vector<std::uint32_t> ranks = {};
  std::size_t list_length = 0;

  const Score* find(std::string_view score) const;  // null where there is none
  // Throws NotFound naming the known scores.
  double value(std::string_view score) const;
};

// All that one row of a report answered, in the order of the report.
using TaskResults = std::vector<TaskResult>;

const TaskResult* find_result(const TaskResults& results, std::string_view task, std::string_view part = {});

// How many decimals a score is shown with: two for scores out of 100, one for counts, four for all others.
int decimals_of(std::string_view score);
std::string to_text(const Score& score);

}  // namespace p5
