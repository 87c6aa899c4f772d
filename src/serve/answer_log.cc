#include "serve/answer_log.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/unix_time.h"
#include "policy/answer_line.h"

namespace p5 {

void AnswerLog::write(Answer answer, const RecommendRequest& asked, std::span<const ItemName> history,
                      std::span<const Recommendation> items) {
  answer.time_ms = unix_time_ms();
  lines_.write(answer_line(answer, asked, history, items));
}

}  // namespace p5
