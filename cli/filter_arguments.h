// The arguments by which verbs restrict the items that may come back. A plain value; its arguments point into it.
#pragma once

#include <string>
#include <vector>

#include "cli/verb.h"
#include "p5/recommender.h"

namespace p5::cli {

// The parts of a text between commas, without empty ones and without blanks at their ends. A part may be in double
// quotes, as in csv; a backslash takes the letter after it as it is; and the text may be a JSON list.
std::vector<std::string> split_list(const std::string& text);

struct FilterArguments {
  std::string where, available, exclude;

  void add_to(std::vector<Argument>& arguments);
  // Reads the files. Keys of files that the run does not know are passed over with a warning. Throws NotFound for an
  // unknown key that was typed.
  template <typename Request>
  void apply(const Recommender& recommender, Request& request) const {
    request.where = where;
    request.available = available_items(recommender);
    request.exclude = excluded_items(recommender);
  }

 private:
  std::vector<std::string> available_items(const Recommender& recommender) const;
  std::vector<std::string> excluded_items(const Recommender& recommender) const;
};

}  // namespace p5::cli
