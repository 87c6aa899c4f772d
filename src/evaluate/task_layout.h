// How reports lay out the results of each task, as docs/protocol.md says. Thread-safe: plain values and free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/task_result.h"

namespace p5 {

struct TaskLayout {
  std::string_view task;
  std::string_view count_key = "n", count_heading = "n";  // of the number of questions
  bool nested = false;                                    // each part is an object in the object of the task
  bool shows_prompt = false;                              // tables have a column for the prompt
  // Scores whose columns come after the number of questions, and scores that are left out.
  std::vector<std::string_view> after_count = {}, not_in_json = {}, not_in_tables = {};
};

// The tasks that have a layout of their own, in the order of the tables' sections.
const std::vector<TaskLayout>& listed_layouts();
// The layout of that task, or the one that all others share.
const TaskLayout& layout_of(std::string_view task);

// The key of a score in an object that all parts of a task share: the score's name, prefixed with the part's where the
// object has that name already, and always where parts are nested.
std::string score_key(const TaskResult& result, std::string_view score, bool taken);

// What the task asks for, in words: "explanation (feature given)".
std::string words_of(const TaskResult& result);

bool contains(const std::vector<std::string_view>& scores, std::string_view score);

}  // namespace p5
