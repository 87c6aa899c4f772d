// The processes that work on one thing together, for code that does not know LibTorch. Every process makes the same
// calls in the same order. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "p5/stop_token.h"
#include "train/training_world.h"

namespace p5 {

// Throws Unavailable (system) where another process is lost.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;
  virtual const TrainingWorld& world() const = 0;
  // The texts of all processes, in the order of ranks. Waits for all, an hour at most.
  virtual std::vector<std::string> gather(const std::string& own) = 0;
  // Throws InvalidArgument (request) in every process unless all have the same number. `what`: "configuration".
  virtual void require_equal(std::string_view what, std::uint64_t number) = 0;
};

// Waits `seconds` at most until all processes of the world have called this. Null for a world of one.
std::unique_ptr<ProcessGroup> join_processes(const TrainingWorld& world, double seconds);

// gather(), unless somebody asked one of the processes to stop: then all of them throw Interrupted with `stopped`.
std::vector<std::string> gather_unless_stopped(ProcessGroup& group, const std::string& own, const StopToken& stop,
                                               std::string_view stopped);

// This process's part of `count` things, as [begin, end): parts follow one another, and differ by one thing at most.
struct PartOfWork {
  std::size_t begin = 0, end = 0;
};
PartOfWork part_of(const TrainingWorld& world, std::size_t count);

extern "C" {
// In libp5_torch.so. Throws p5::Error only.
void p5_torch_join(const TrainingWorld& world, double seconds, std::unique_ptr<ProcessGroup>& group);
}

}  // namespace p5
