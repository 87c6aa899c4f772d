#include "prompt/prompt_task.h"

namespace p5 {

std::string_view to_string(PromptTask task) {
  switch (task) {
    case PromptTask::kStar:
      return "star";
    case PromptTask::kYesNo:
      return "yes-no";
    case PromptTask::kLikeDislike:
      return "like-dislike";
    case PromptTask::kNextItem:
      return "next-item";
    case PromptTask::kChoose:
      return "choose";
    case PromptTask::kExplain:
      return "explain";
    case PromptTask::kHeadline:
      return "headline";
    case PromptTask::kText:
      return "text";
  }
  return "";
}

}  // namespace p5
