// What was shown to whom, with which probability: one line of JSON per list that was answered to POST recommend, for
// p5 ope (docs/formats.md). Thread-safe.
#pragma once

#include <span>
#include <string>

#include "p5/recommender.h"
#include "policy/answer_line.h"
#include "serve/line_log.h"

namespace p5 {

class AnswerLog {
 public:
  // As LineLog.
  explicit AnswerLog(const std::string& place) : lines_(place, "the answer log") {}

  bool is_on() const { return lines_.is_on(); }
  using Answer = AnswerLine;  // its time is that of the writing
  // `asked` is the request as the model answered it, `history` what it looked back on.
  void write(Answer answer, const RecommendRequest& asked, std::span<const ItemName> history,
             std::span<const Recommendation> items);

 private:
  LineLog lines_;
};

}  // namespace p5
