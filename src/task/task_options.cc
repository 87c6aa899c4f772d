#include "task/task_options.h"

namespace p5 {

void TaskOptions::bind(OptionTable& table) {
  const auto count = [](std::string help, double minimum, double maximum) {
    return OptionInfo{.help = std::move(help), .minimum = minimum, .maximum = maximum};
  };
  table.add("task.rating_samples", &rating_samples, count("rating examples a review and epoch; 0 = off", 0, 10000));
  table.add(
      "task.sequential_samples", &sequential_samples,
      count("sequential examples a user (an event, with task.sequential_targets each) and epoch; 0 = off", 0, 10000));
  table.add("task.direct_samples", &direct_samples, count("direct examples a user and epoch; 0 = off", 0, 10000));
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
  table.add("task.newest_first", &newest_first, {.help = "histories in prompts run from new to old"});
  table.add("task.random_start", &random_start, {.help = "drop up to two of the oldest items of a training history"});
  table.add("task.max_history", &max_history, count("newest items of a history that a prompt shows", 1, 10000));
  table.add("task.candidates", &candidates, count("items to choose from, the target among them", 2, 10000));
  table.add("task.separator", &separator, {.help = "text between the items of a list"});
  table.add("task.max_source", &max_source, count("input tokens; longer inputs lose their oldest history", 16, 65536));
  table.add("task.max_target", &max_target, count("answer tokens; every item id must fit", 2, 4096));
  table.add("task.batch_tokens", &batch_tokens, count("padded source and target tokens of a batch", 16, 16 << 20));
  table.add("task.window_batches", &window_batches, count("batches drawn at once and sorted by length", 1, 10000));
}

}  // namespace p5
