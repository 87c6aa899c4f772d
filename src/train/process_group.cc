#include "train/process_group.h"

#include <algorithm>

#include "base/interrupt.h"
#include "nn/torch_library.h"

namespace p5 {

std::unique_ptr<ProcessGroup> join_processes(const TrainingWorld& world, double seconds) {
  std::unique_ptr<ProcessGroup> group;
  if (!world.alone()) torch_library().function<decltype(&p5_torch_join)>("p5_torch_join")(world, seconds, group);
  return group;
}

std::vector<std::string> gather_unless_stopped(ProcessGroup& group, const std::string& own, const StopToken& stop,
                                               std::string_view stopped) {
  constexpr const char *kGoOn = "g", *kStop = "s";
  std::vector<std::string> all = stop.stop_requested() ? group.gather(kStop) : group.gather(kGoOn + own);
  if (std::ranges::find(all, kStop) != all.end()) throw Interrupted(std::string(stopped));
  for (std::string& each : all) each.erase(0, 1);
  return all;
}

PartOfWork part_of(const TrainingWorld& world, std::size_t count) {
  const auto rank = static_cast<std::size_t>(world.rank), size = static_cast<std::size_t>(world.size);
  return {.begin = count * rank / size, .end = count * (rank + 1) / size};
}

}  // namespace p5
